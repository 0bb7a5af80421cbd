"""A client that knows the interface and no procedure: it files and answers from schemas and examples.

Used by the tour, and by whoever wants to play a case through HTTP.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from runtime.seeds.papers import MATERIALS, paper, pdf

T = TypeVar("T")
Json = dict[str, Any]

#: The account that acts for a role; experts are found by the task's holder.
ACCOUNTS = {
    "applicant": "applicant",
    "intake": "intake",
    "officer": "officer",
    "supervisor": "supervisor",
    "agency": "agency",
    "bureau": "bureau",
    "exchange": "exchange",
    "issuer": "issuer",
    "mall": "mall",
    "merchant": "merchant",
}
#: The institutions; one of them is commissioned with a case, and only it can read the task.
AGENCIES = ("agency", "agency2")
ENDS = frozenset(
    {"published", "issued", "online", "closed", "not_accepted", "rejected", "withdrawn", "lapsed"}
)


class Refused(RuntimeError):
    """An answer that is no success; `status` and `body` (problem+json) say why."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        try:
            self.body: Json = response.json()
        except ValueError:
            self.body = {"detail": response.text[:300]}
        where = f"{response.request.method} {response.request.url.path}"
        super().__init__(
            f"{where}: {self.status} {self.body.get('detail', '')} {self.body.get('errors', '')}"
        )


class Player:
    """Plays every role of a running system.

    Args:
        address: of the web, e.g. ``http://127.0.0.1:8000``.
        password: of the demonstration accounts.
        patience: seconds to wait for the next step of a case.
    """

    def __init__(self, address: str, password: str, patience: float = 30.0) -> None:
        self.password, self.patience = password, patience
        # a proxy from the environment must not stand between us and this machine
        self.http = httpx.Client(base_url=address, trust_env=False, timeout=90)
        self._tokens: dict[str, str] = {}
        self._procedures: dict[str, Json] = {}
        self._people: dict[str, Json] = {}

    def close(self) -> None:
        """Give the connections back."""
        self.http.close()

    # Calls.

    def call(self, method: str, path: str, who: str | None = None, **request: Any) -> httpx.Response:
        """One call under /api/v1, as an account or as the public. Raises Refused."""
        headers = {
            **({"Authorization": f"Bearer {self.token(who)}"} if who else {}),
            **request.pop("headers", {}),
        }
        response = self.http.request(method, f"/api/v1{path}", headers=headers, **request)
        if not response.is_success:
            raise Refused(response)
        return response

    def get(self, path: str, who: str | None = None, **query: Any) -> Any:
        """The JSON of a GET."""
        return self.call("GET", path, who, params=query).json()

    def post(self, path: str, who: str | None = None, body: Any = None, **request: Any) -> Any:
        """The JSON of a POST with a JSON body."""
        return self.call("POST", path, who, json=body if body is not None else {}, **request).json()

    def token(self, who: str) -> str:
        """Sign an account in, once."""
        if who not in self._tokens:
            data = {"username": who, "password": self.password}
            self._tokens[who] = self.call("POST", "/auth/token", data=data).json()["access_token"]
        return self._tokens[who]

    def person(self, who: str) -> Json:
        """Name, roles and party of an account."""
        if who not in self._people:
            self._people[who] = self.get("/me", who)
        return self._people[who]

    def procedure(self, key: str) -> Json:
        """A procedure with its schemas; the example of its form is new at every call of the server."""
        if key not in self._procedures:
            self._procedures[key] = self.get(f"/procedures/{key}")
        return self._procedures[key]

    # Filing.

    def draft(self, procedure: str, who: str = "applicant", form: Json | None = None) -> str:
        """Open a draft of the example form (or of `form`) with every paper it needs; its case number."""
        spec = self.get(f"/procedures/{procedure}")
        data = spec["form_schema"]["examples"][0] if form is None else form
        case_no = str(self.post("/cases", who, {"procedure": procedure, "form": data})["case_no"])
        for material in spec["materials"]:
            if material["required"] and not material["generated"]:
                self.attach(case_no, material["kind"], str(material["title"]["zh"]), who)
        return case_no

    def attach(self, case_no: str, kind: str, title: str, who: str = "applicant") -> Json:
        """Upload a small paper of a kind."""
        party = self.person(who)["party"]["name"]
        if kind in MATERIALS:
            name, content = paper(kind, party, case_no, time.strftime("%Y-%m-%d"))
        else:
            name, content = f"{title}.pdf", pdf([(20, title), (12, f"单位：{party}")])
        files = {"file": (name, content, "application/pdf")}
        path = f"/cases/{case_no}/attachments"
        answer: Json = self.call("POST", path, who, data={"kind": kind, "sealed": "true"}, files=files).json()
        return answer

    def submit(self, case_no: str, who: str = "applicant", signatory: str = "") -> Json:
        """Accept the declaration and file the case."""
        declaration = {"accepted": True, "signatory": signatory or self.person(who)["name"]}
        answer: Json = self.post(f"/cases/{case_no}/submit", who, {"declaration": declaration})
        return answer

    def file(self, procedure: str, who: str = "applicant", form: Json | None = None) -> str:
        """Draft and submit; the case number."""
        case_no = self.draft(procedure, who, form)
        self.submit(case_no, who)
        return case_no

    # Answering.

    def case(self, case_no: str, who: str = "supervisor") -> Json:
        """The case as an account sees it."""
        answer: Json = self.get(f"/cases/{case_no}", who)
        return answer

    def open_tasks(self, case_no: str) -> list[Json]:
        """What the case waits for now, with its holders, as the centre sees it."""
        tasks: list[Json] = self.case(case_no)["open_tasks"]
        return tasks

    def task_of(self, case_no: str, kind: str) -> Json:
        """The open task of this kind, as soon as there is one. Raises TimeoutError."""

        def look() -> Json | None:
            return next((t for t in self.open_tasks(case_no) if t["kind"] == kind), None)

        return self.wait(f"{case_no}: {kind}", look)

    def account_for(self, procedure: str, task: Json, filer: str = "applicant") -> str:
        """Who can answer: the holder, else the account of the role."""
        if task.get("assignee"):
            return str(task["assignee"])
        spec = next(t for t in self.procedure(procedure)["tasks"] if t["kind"] == task["kind"])
        if spec["role"] == "agency":
            return next((who for who in AGENCIES if self._reads(who, task["id"])), AGENCIES[0])
        return filer if spec["role"] == "applicant" else ACCOUNTS[spec["role"]]

    def _reads(self, who: str, task_id: str) -> bool:
        """May this account see the task?"""
        try:
            self.get(f"/tasks/{task_id}", who)
        except Refused:
            return False
        return True

    def complete(self, task_id: str, who: str, outcome: str = "", form: Json | None = None) -> Json:
        """Claim a task and answer it: with the outcome named or the first, and `form` or its example."""
        task = self.get(f"/tasks/{task_id}", who)
        outcome = outcome or task["outcomes"][0]
        if form is None:
            form = next(o["example"] for o in task["outcome_details"] if o["key"] == outcome)
        if task["state"] == "open":
            self.post(f"/tasks/{task_id}/claim", who)
        body = {"outcome": outcome, "form": form}
        answer: Json = self.post(
            f"/tasks/{task_id}/complete", who, body, headers={"Idempotency-Key": task_id}
        )
        return answer

    def notice_of(self, case_no: str) -> Json | None:
        """The open notice of a case, as the public finds it."""
        items = self.get("/public/notices", state="open", limit=100)["items"]
        return next((n for n in items if n["case_no"] == case_no), None)

    def project_of(self, case_no: str) -> Json | None:
        """The published project of a case."""
        items = self.get("/public/projects", limit=100)["items"]
        return next((p for p in items if p["case_no"] == case_no), None)

    def wait(self, what: str, look: Callable[[], T | None]) -> T:
        """Look until there is an answer. Raises TimeoutError."""
        end = time.monotonic() + self.patience
        while time.monotonic() < end:
            found = look()
            if found is not None:
                return found
            time.sleep(0.1)
        raise TimeoutError(what)
