"""Now, the first page: is something wrong?"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.web.access import needs
from tocsin.web.pages import is_fragment, render_page
from tocsin.web.reads.now import read_now


@needs(Action.SEE)
@require_safe
def now(request: HttpRequest) -> HttpResponse:
    """Show what needs somebody. A poll that has seen this version already is told so."""
    page = read_now()
    if is_fragment(request) and request.headers.get("Tocsin-Seen") == page.version:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render_page(request, "now", title="Now", pulse=page.pulse, page=page, has_plots=True)
