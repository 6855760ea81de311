"""The pages of this desk: signing in, one's account, members and users."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qundao.hub.common.pagination import paginate
from qundao.hub.members import actions, queries, sign_in
from qundao.hub.members.codes import BLANK
from qundao.hub.members.models import Organisation, User
from qundao.hub.pages.view import actor_of, attempt, for_roles, given, require_confirmed, show
from qundao.kernel.errors import Problem, fail
from qundao.kernel.roles import Role
from qundao.kernel.words import Words

ROLE_CHOICES = tuple((role.value, role.words) for role in Role)


# --- signing in ----------------------------------------------------------------------------


def login(request: HttpRequest) -> HttpResponseBase:
    """Ask for name and password; go on to where the reader was heading."""
    onward = _onward(request)
    if request.user.is_authenticated:
        return redirect(onward)
    if request.method != "POST":
        return show(request, "members/login.html", next=onward)
    form = given(request, "username")
    refused = sign_in.sign_in(request, password=request.POST.get("password", ""), **form)
    if refused:
        return show(request, "members/login.html", (refused,), next=onward, form=form)
    return redirect(onward)


def _onward(request: HttpRequest) -> str:
    """Return the address to go to afterwards, if it is one of ours; else the reader's desk."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else "/desk/"


@require_POST
def logout(request: HttpRequest) -> HttpResponseBase:
    """End the session."""
    sign_in.sign_out(request)
    return redirect("home")


# --- one's own account ---------------------------------------------------------------------


def _self(request: HttpRequest) -> User:
    return queries.user_named(request.user.get_username())


@for_roles()
def account(request: HttpRequest) -> HttpResponseBase:
    """Show one's name, roles and API tokens."""
    return show(request, "members/account.html", person=_self(request))


@for_roles()
def password(request: HttpRequest) -> HttpResponseBase:
    """Change one's password."""
    person = _self(request)
    if request.method != "POST":
        return show(request, "members/password.html", person=person)
    old, new = request.POST.get("old", ""), request.POST.get("password", "")
    changed, problems = attempt(
        lambda: actions.change_password(actor=actor_of(request), user=person, old=old, new=new)
    )
    if changed is None:
        return show(request, "members/password.html", problems, person=person)
    update_session_auth_hash(request, changed)
    messages.success(request, _("密码已修改。"))
    return redirect("account")


@for_roles()
@require_POST
def new_token(request: HttpRequest) -> HttpResponseBase:
    """Issue an API token and show its text, this once."""
    person, form = _self(request), given(request, "name")
    made, problems = attempt(
        lambda: actions.issue_token(actor=actor_of(request), user=person, name=form["name"])
    )
    text = made[1] if made else ""
    return show(
        request, "members/account.html", problems, person=person, form=form, token_text=text
    )


@for_roles()
@require_POST
def revoke_token(request: HttpRequest, token: str) -> HttpResponseBase:
    """Make one of one's tokens worthless."""
    held = queries.token(token)
    actions.revoke_token(actor=actor_of(request), token=held)
    messages.success(request, _("令牌已撤销。"))
    return redirect("account")


# --- members -------------------------------------------------------------------------------


@for_roles(Role.OPERATOR, Role.AUDITOR)
def members(request: HttpRequest) -> HttpResponseBase:
    """List the members."""
    page = paginate(queries.members(), request.GET.get("page"))
    return show(request, "members/members.html", page=page)


@for_roles(Role.OPERATOR)
def new_alliance(request: HttpRequest) -> HttpResponseBase:
    """Open an alliance, to which members are admitted."""
    form = given(request, "name_zh", "name_en", "region")
    if request.method != "POST":
        return show(request, "members/new_alliance.html", form=form)
    opened, problems = attempt(
        lambda: actions.open_alliance(
            actor=actor_of(request),
            name=_name(form["name_zh"], form["name_en"]),
            region=form["region"],
        )
    )
    if opened is None:
        return show(request, "members/new_alliance.html", problems, form=form)
    messages.success(request, _("联盟已成立。下一步：为第一家单位办理入会。"))
    return redirect("admit")


@for_roles(Role.OPERATOR)
def admit(request: HttpRequest) -> HttpResponseBase:
    """Admit an organisation to an alliance."""
    choices = {
        "alliances": [(a.id, a.words) for a in queries.alliances()],
        "kinds": Organisation.Kind.choices,
    }
    form = given(request, "alliance", "name_zh", "name_en", "kind", "region", "credit_code")
    if request.method != "POST":
        return show(request, "members/admit.html", form=form, **choices)
    admitted, problems = attempt(lambda: _admit(request, form))
    if admitted is None:
        return show(request, "members/admit.html", problems, form=form, **choices)
    messages.success(request, _("已办理入会。下一步：签发节点接入码，并创建数据管理员用户。"))
    return redirect("member", admitted.id)


def _admit(request: HttpRequest, form: dict[str, str]) -> Organisation:
    return actions.admit_member(
        actor=actor_of(request),
        alliance=queries.alliance(form["alliance"]),
        name=_name(form["name_zh"], form["name_en"]),
        kind=cast(Organisation.Kind, form["kind"]),  # the action checks it
        region=form["region"],
        credit_code=form["credit_code"],
    )


def _name(chinese: str, english: str) -> Words:
    """Return the name; one that has no English form stands for itself."""
    if not chinese:
        raise fail(BLANK, "", "name_zh")
    return Words(chinese, english or chinese)


@for_roles(Role.OPERATOR, Role.AUDITOR)
def member(request: HttpRequest, member_id: str) -> HttpResponseBase:
    """Show one member with its users and nodes."""
    return _member(request, queries.member(member_id))


def _member(
    request: HttpRequest, found: Organisation, problems: tuple[Problem, ...] = ()
) -> HttpResponseBase:
    return show(
        request,
        "members/member.html",
        problems,
        member=found,
        form=given(request, "reason"),
        users=queries.users(found),
        nodes=found.nodes.order_by("created_at"),
    )


@for_roles(Role.OPERATOR)
@require_POST
def suspend(request: HttpRequest, member_id: str) -> HttpResponseBase:
    """Let a member take no part until it is readmitted."""
    return _decide(request, member_id, actions.suspend_member, _("已暂停该单位。"))


@for_roles(Role.OPERATOR)
@require_POST
def readmit(request: HttpRequest, member_id: str) -> HttpResponseBase:
    """Let a member take part again."""
    return _decide(request, member_id, actions.readmit_member, _("已恢复该单位。"))


def _decide(
    request: HttpRequest, member_id: str, act: Callable[..., Organisation], said: str
) -> HttpResponseBase:
    found = queries.member(member_id)

    def decide() -> Organisation:
        require_confirmed(request)
        return act(actor=actor_of(request), member=found, **given(request, "reason"))

    done, problems = attempt(decide)
    if done is None:
        return _member(request, found, problems)
    messages.success(request, said)
    return redirect("member", found.id)


# --- users ---------------------------------------------------------------------------------


@for_roles(Role.OPERATOR, Role.AUDITOR)
def users(request: HttpRequest) -> HttpResponseBase:
    """List the users."""
    page = paginate(queries.users(), request.GET.get("page"))
    return show(request, "members/users.html", page=page)


@for_roles(Role.OPERATOR)
def new_user(request: HttpRequest) -> HttpResponseBase:
    """Create a user in roles."""
    nobody = ("", Words("（运营方）", "(the operator)"))
    context = {
        "organisations": [nobody, *((m.id, m.words) for m in queries.members())],
        "role_choices": ROLE_CHOICES,
    }
    form = given(request, "username", "display_name", "email", "organisation")
    form["organisation"] = form["organisation"] or request.GET.get("member", "")
    held = _roles(request)
    if request.method != "POST":
        return show(request, "members/new_user.html", form=form, roles=held, **context)
    created, problems = attempt(lambda: _create(request, form, held))
    if created is None:
        return show(request, "members/new_user.html", problems, form=form, roles=held, **context)
    messages.success(request, _("用户已创建。请当面或电话告知初始密码，并请其首次登录后修改。"))
    return redirect("user", created.username)


def _create(request: HttpRequest, form: dict[str, str], held: tuple[Role, ...]) -> User:
    employer = queries.member(form["organisation"]) if form["organisation"] else None
    return actions.create_user(
        actor=actor_of(request),
        username=form["username"],
        display_name=form["display_name"],
        email=form["email"],
        password=request.POST.get("password", ""),
        roles=held,
        organisation=employer,
    )


@for_roles(Role.OPERATOR, Role.AUDITOR)
def user(request: HttpRequest, username: str) -> HttpResponseBase:
    """Show one user."""
    person = queries.user_named(username)
    return show(
        request,
        "members/user.html",
        person=person,
        role_choices=ROLE_CHOICES,
        may_change=actions.change_roles.can(actor_of(request)),
    )


@for_roles(Role.OPERATOR)
@require_POST
def roles(request: HttpRequest, username: str) -> HttpResponseBase:
    """Give a user other roles."""
    person = queries.user_named(username)
    _done, problems = attempt(
        lambda: actions.change_roles(actor=actor_of(request), user=person, roles=_roles(request))
    )
    return _user_again(request, person, problems, _("角色已更新。"))


@for_roles(Role.OPERATOR)
@require_POST
def disable(request: HttpRequest, username: str) -> HttpResponseBase:
    """Take a user's access away."""
    person = queries.user_named(username)
    _done, problems = attempt(
        lambda: actions.disable_user(
            actor=actor_of(request), user=person, **given(request, "reason")
        )
    )
    return _user_again(request, person, problems, _("用户已停用。"))


def _roles(request: HttpRequest) -> tuple[Role, ...]:
    ticked = request.POST.getlist("roles")
    return tuple(role for role in Role if role.value in ticked)


def _user_again(
    request: HttpRequest, person: User, problems: tuple[Problem, ...], said: str
) -> HttpResponseBase:
    if problems:
        context = {"person": person, "role_choices": ROLE_CHOICES, "may_change": True}
        return show(request, "members/user.html", problems, **context)
    messages.success(request, said)
    return redirect("user", person.username)
