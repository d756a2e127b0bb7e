"""Now, the first page: is something wrong?"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.web.access import needs
from tocsin.web.pages import render_page
from tocsin.web.reads.now import read_now


@needs(Action.SEE)
@require_safe
def now(request: HttpRequest) -> HttpResponse:
    """Show what needs somebody."""
    page = read_now()
    return render_page(request, "now", title="Now", pulse=page.pulse, page=page)
