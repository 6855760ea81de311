"""The pages of this desk: build a question, read it as a sentence, see what each node answers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from qundao.hub.catalogue.queries import newest_versions
from qundao.hub.cohorts.queries import MOST_CHOICES, released_versions, version_by_id
from qundao.hub.cohorts.shown import sentence
from qundao.hub.common.pagination import paginate
from qundao.hub.explore import actions, builder, queries
from qundao.hub.explore.builder import Form
from qundao.hub.explore.models import Question
from qundao.hub.pages.view import actor_of, attempt, for_roles, show
from qundao.kernel.errors import Problem, problem_from_json
from qundao.kernel.roles import Role
from qundao.kernel.words import Words
from qundao.query import from_json
from qundao.query.words import words as words_of

READERS = (Role.RESEARCHER, Role.OPERATOR, Role.AUDITOR)


@for_roles(*READERS)
def explore(request: HttpRequest) -> HttpResponseBase:
    """Show the form and the member's questions; a post asks the question."""
    form = Form.read(request.POST if request.method == "POST" else request.GET)
    if request.method != "POST":
        return _explore(request, form)
    asked, problems = attempt(lambda: _ask(request, form))
    if asked is None:
        return _explore(request, form, problems)
    messages.success(request, _("问题已送往各节点；节点在线时几秒内应答。"))
    return redirect("question", asked.id)


def _ask(request: HttpRequest, form: Form) -> Question:
    cohort = request.POST.get("cohort", "")
    if cohort:
        return actions.ask_cohort(actor=actor_of(request), cohort=version_by_id(cohort))
    return actions.ask_count(actor=actor_of(request), predicate=form.predicate())


def _explore(request: HttpRequest, form: Form, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    actor = actor_of(request)
    page = paginate(queries.questions_for(actor), request.GET.get("page"), size=10)
    predicate, unreadable = attempt(form.predicate)
    left = [(v, queries.questions_left(actor, v.accession)) for v in newest_versions()]
    return show(
        request,
        "explore/explore.html",
        problems,
        form=form.values,
        b=builder,
        words=words_of(predicate) if predicate else None,
        unreadable=() if problems else unreadable,
        page=page,
        rows=[(q, question_words(q), queries.total_of(q)) for q in page.items],
        rule=queries.POLICY.words(),
        price=queries.POLICY.epsilon,
        left=left,
        cohorts=[(v.id, v.words) for v in released_versions()],
        most_cohorts=MOST_CHOICES,
        cohort=request.GET.get("cohort", ""),
    )


def question_words(question: Question) -> Words:
    """Return a stored question as a sentence; of a cohort definition its name."""
    if question.cohort:
        return question.cohort.words
    return words_of(from_json(question.predicate))


@for_roles(*READERS)
def words(request: HttpRequest) -> HttpResponse:
    """Return the question on the form as a sentence, while it is being put together."""
    predicate, problems = attempt(Form.read(request.GET).predicate)
    return show(
        request,
        "explore/_words.html",
        words=words_of(predicate) if predicate else None,
        unreadable=problems,
    )


@for_roles(*READERS)
def question(request: HttpRequest, question_id: str) -> HttpResponseBase:
    """Show one question with what each node answered."""
    found = queries.question_for(actor_of(request), question_id)
    probes = [
        (p, tuple(problem_from_json(x) for x in p.problems)) for p in queries.probes_of(found)
    ]
    total = queries.total_of(found)
    template = (
        "explore/_answers.html" if request.headers.get("HX-Request") else "explore/question.html"
    )
    return show(
        request,
        template,
        question=found,
        words=question_words(found),
        sentence=sentence(found.cohort.population) if found.cohort else None,
        probes=probes,
        total=total,
        rule=queries.POLICY.words(),
        min_cell=queries.POLICY.min_cell,
    )
