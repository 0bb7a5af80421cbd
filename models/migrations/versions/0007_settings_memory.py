"""Settings with a memory: proposals two persons decide, Word templates with dates; visits of stages for the numbers."""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MARKS = "'stage.entered', 'case.ended', 'case.withdrawn', 'case.suspended', 'case.resumed'"

#: Every event that moves a case between stages keeps the visits; the trail stays what they can be made from again.
_TRIGGER = """
create function note_stage_visit() returns trigger language plpgsql as $$
declare
    last integer := (select max(n) from stage_visit where case_id = new.case_id);
begin
    if new.event = 'case.suspended' then
        insert into stage_pause (case_id, n, from_at) select new.case_id, last, new.at where last is not null
            on conflict do nothing;
        return null;
    end if;
    update stage_pause set to_at = new.at where case_id = new.case_id and to_at is null;
    if new.event = 'case.resumed' then
        return null;
    end if;
    update stage_visit set left_at = new.at where case_id = new.case_id and n = last and left_at is null;
    if new.event = 'stage.entered' then
        insert into stage_visit (case_id, n, procedure, stage, entered_at)
        select new.case_id, coalesce(last, 0) + 1, procedure, coalesce(new.data->>'stage', new.stage), new.at
          from case_file where id = new.case_id;
    end if;
    return null;
end $$
"""
_BACKFILL = """
insert into stage_visit (case_id, n, procedure, stage, entered_at, left_at)
select case_id, row_number() over (partition by case_id order by seq), procedure, stage, at, left_at
  from (select e.case_id, e.seq, e.event, c.procedure, coalesce(e.data->>'stage', e.stage) as stage, e.at,
               lead(e.at) over (partition by e.case_id order by e.seq) as left_at
          from audit_event e join case_file c on c.id = e.case_id
         where e.event in ('stage.entered', 'case.ended', 'case.withdrawn')) marks
 where event = 'stage.entered'
"""


def upgrade() -> None:
    _settings()
    _templates()
    _visits()
    op.create_index("case_submitted", "case_file", ["submitted_at"])
    op.create_index("case_ended", "case_file", ["ended_at"])
    op.create_index("task_closed", "task", ["closed_at"])
    op.create_index("finding_by_target", "finding", ["stage", "target"])
    op.execute("create index notice_listed on notice ((state = 'open') desc, "
               "(case when state = 'open' then closes_at end) asc nulls last, closed_at desc nulls last, "
               "opened_at desc, id desc)")
    op.create_index("project_methodology", "project", ["methodology"])
    op.create_index("project_district", "project", ["district"])
    op.create_index("case_parked", "case_file", ["id"], postgresql_where=sa.text("needs_operator <> ''"))
    op.create_index("case_listed", "case_file", [sa.text("created_at desc"), sa.text("id desc")])


def _settings() -> None:
    op.create_table(
        "setting_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False, server_default=""),
        sa.Column("title_en", sa.String(), nullable=False, server_default=""),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("proposed_person", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), sa.ForeignKey("user_account.id")),
        sa.Column("decided_person", sa.String(), nullable=False, server_default=""),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("note", sa.String(), nullable=False, server_default=""),
        sa.CheckConstraint("state in ('proposed','confirmed','rejected','withdrawn')", name="setting_change_state_known"),
        sa.CheckConstraint("(state = 'proposed') = (decided_at is null)", name="setting_change_decided_has_time"),
        sa.CheckConstraint(
            "kind not in ('limit','calendar','roles','template') or state <> 'confirmed' or decided_person <> proposed_person",
            name="setting_change_two_persons",
        ),
    )
    op.create_index("setting_change_of", "setting_change", ["kind", "subject", "id"])


def _templates() -> None:
    op.create_table(
        "template_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("procedure", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False, server_default=""),
        sa.Column("unknown", postgresql.JSONB(), nullable=False),
        sa.Column("by_user", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_from", sa.Date()),
        sa.Column("activated_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("procedure", "key", "sha256", name="template_version_once"),
    )
    op.create_index("template_in_force", "template_version", ["procedure", "key", "effective_from"])


def _visits() -> None:
    op.create_table(
        "stage_visit",
        sa.Column("case_id", sa.Uuid(), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("n", sa.Integer(), primary_key=True),
        sa.Column("procedure", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True)),
    )
    op.create_index("stage_visit_by_stage", "stage_visit", ["procedure", "stage", "left_at"])
    op.create_table(
        "stage_pause",
        sa.Column("case_id", sa.Uuid(), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("to_at", sa.DateTime(timezone=True)),
    )
    op.execute(_BACKFILL)
    op.execute(_TRIGGER)
    op.execute(f"create trigger audit_event_visits after insert on audit_event for each row "
               f"when (new.case_id is not null and new.event in ({_MARKS})) execute function note_stage_visit()")


def downgrade() -> None:
    op.execute("drop trigger audit_event_visits on audit_event")
    op.execute("drop function note_stage_visit()")
    op.drop_index("case_listed", "case_file")
    op.drop_index("case_parked", "case_file")
    op.drop_index("project_district", "project")
    op.drop_index("project_methodology", "project")
    op.drop_index("notice_listed", "notice")
    op.drop_index("finding_by_target", "finding")
    op.drop_index("task_closed", "task")
    op.drop_index("case_ended", "case_file")
    op.drop_index("case_submitted", "case_file")
    for table in ("stage_pause", "stage_visit", "template_version", "setting_change"):
        op.drop_table(table)
