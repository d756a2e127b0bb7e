"""Every address of the console and its name."""

from django.urls import path

from tocsin.apps.accounts.links import SIGNIN_PATH
from tocsin.web.views import alert, alerts, deliveries, rules, signin, sources

urlpatterns = [
    path("", alerts.alerts, name="alerts"),
    path("alerts/<int:alert_id>", alert.alert, name="alert"),
    path("alerts/<int:alert_id>/act", alert.act, name="alert-act"),
    path("sources", sources.sources, name="sources"),
    path("sources/<str:name>", sources.source, name="source"),
    path("sources/<str:name>/tokens/<int:token_id>/revoke", sources.revoke, name="token-revoke"),
    path("rules", rules.rules, name="rules"),
    path("deliveries", deliveries.deliveries, name="deliveries"),
    path("deliveries/<int:delivery_id>/retry", deliveries.retry, name="delivery-retry"),
    path("signin", signin.signin, name="signin"),
    path(f"{SIGNIN_PATH.lstrip('/')}<str:secret>", signin.redeem, name="signin-link"),
    path("signout", signin.signout, name="signout"),
]
