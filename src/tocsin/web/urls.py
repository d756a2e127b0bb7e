"""Every address of the console and its name."""

from django.urls import URLPattern, URLResolver, include, path

from tocsin.apps.accounts.links import SIGNIN_PATH
from tocsin.apps.accounts.people import JOIN_PATH
from tocsin.web.views import alert, alerts, deliveries, newsource, now, rules, search, signin, sources
from tocsin.web.views.settings import account, apitokens, channels, days, oncall, people, retention, tokens

settings = [
    path("", account.account, name="settings-account"),
    path("profile", account.save_profile, name="profile-save"),
    path("sessions/<int:session_id>/revoke", account.revoke_session, name="session-revoke"),
    path("people", people.people, name="settings-people"),
    path("people/invite", people.invite, name="person-invite"),
    path("people/<int:user_id>/role", people.change_role, name="person-role"),
    path("people/<int:user_id>/switch", people.switch, name="person-switch"),
    path("people/<int:user_id>/link", people.issue_link, name="person-link"),
    path("people/invitations/<int:invitation_id>/revoke", people.revoke_invitation, name="invitation-revoke"),
    path("tokens", tokens.tokens, name="settings-tokens"),
    path("tokens/make", tokens.make, name="token-make"),
    path("channels", channels.channels, name="settings-channels"),
    path("channels/add", channels.add, name="channel-add"),
    path("channels/<int:channel_id>/try", channels.try_one, name="channel-try"),
    path("channels/<int:channel_id>/switch", channels.switch, name="channel-switch"),
    path("channels/<int:channel_id>/remove", channels.remove, name="channel-remove"),
    path("oncall", oncall.oncall, name="settings-oncall"),
    path("oncall/set", oncall.save, name="rotation-set"),
    path("oncall/<int:rotation_id>/substitute", oncall.stand_in, name="rotation-substitute"),
    path("oncall/<int:rotation_id>/remove", oncall.remove, name="rotation-remove"),
    path("days", days.days, name="settings-days"),
    path("days/add", days.add, name="day-add"),
    path("days/<int:day_id>/remove", days.remove, name="day-remove"),
    path("api-tokens", apitokens.tokens, name="settings-api-tokens"),
    path("api-tokens/make", apitokens.make, name="api-token-make"),
    path("api-tokens/<int:token_id>/revoke", apitokens.revoke, name="api-token-revoke"),
    path("retention", retention.retention, name="settings-retention"),
    path("retention/<str:name>", retention.change, name="retention-change"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", now.now, name="now"),
    path("alerts", alerts.alerts, name="alerts"),
    path("alerts/<int:alert_id>", alert.alert, name="alert"),
    path("alerts/<int:alert_id>/act", alert.act, name="alert-act"),
    path("search", search.search, name="search"),
    path("search/counts", search.counts, name="search-counts"),
    path("search/fields", search.fields, name="search-fields"),
    path("search/live", search.live, name="search-live"),
    path("search/export/<str:kind>", search.export_found, name="search-export"),
    path("search/event", search.event, name="event"),
    path("search/draft", search.draft, name="search-draft"),
    path("search/sql", search.sql, name="search-sql"),
    path("sources", sources.sources, name="sources"),
    path("sources/new", newsource.new, name="source-new"),
    path("sources/new/make", newsource.make, name="source-make"),
    path("sources/<str:name>", sources.source, name="source"),
    path("sources/<str:name>/change", sources.change, name="source-change"),
    path("sources/<str:name>/remove", sources.remove, name="source-remove"),
    path("sources/<str:name>/first", newsource.first, name="source-first"),
    path("sources/<str:name>/arrival", newsource.arrival, name="source-arrival"),
    path("sources/<str:name>/tokens/<int:token_id>/revoke", sources.revoke, name="token-revoke"),
    path("rules", rules.rules, name="rules"),
    path("deliveries", deliveries.deliveries, name="deliveries"),
    path("deliveries/<int:delivery_id>/retry", deliveries.retry, name="delivery-retry"),
    path("settings/", include(settings)),
    path("signin", signin.signin, name="signin"),
    path(f"{SIGNIN_PATH.lstrip('/')}<str:secret>", signin.redeem, name="signin-link"),
    path(f"{JOIN_PATH.lstrip('/')}<str:secret>", signin.join, name="join"),
    path("signout", signin.signout, name="signout"),
    path("account/", include("tocsin.web.allauth_urls")),
]
