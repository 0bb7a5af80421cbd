"""A balance that somebody changed past the program is worked out again from its movements, by two persons.

A row in `ledger.recount` is the only way: the database itself adds the movements up and keeps what it found before.
Nothing but that sum can be written; movements and serial numbers stay as they are.
"""
import importlib.util
from pathlib import Path
from types import ModuleType

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLE = """
create table ledger.recount (
    id bigint primary key generated always as identity,
    position_id bigint not null references ledger.position (id),
    posted_was bigint not null,
    held_was bigint not null,
    posted bigint not null,
    held bigint not null,
    reason text not null check (reason <> ''),
    approver_a bigint not null,
    approver_b bigint not null,
    at timestamptz not null default now()
);

create function ledger.recount_apply() returns trigger language plpgsql security definer
set search_path = ledger, pg_temp as $$
declare
    b balance;
begin
    -- locked as a movement locks it: whoever posts meanwhile comes before or after, never in between
    select * into b from balance where position_id = new.position_id for no key update;
    if not found then
        raise exception 'no such balance' using errcode = '23503';
    end if;
    new.at := now();
    new.posted_was := b.posted;
    new.held_was := b.held;
    select coalesce(sum(m.posted), 0), coalesce(sum(m.held), 0) into new.posted, new.held from (
        select case when t.move in ('direct', 'post') then -t.amount else 0 end as posted,
               case t.move when 'pending' then t.amount when 'post' then -p.amount when 'void' then -p.amount
                   else 0 end as held
          from transfer t left join transfer p on p.id = t.pending_id where t.from_id = new.position_id
        union all
        select case when t.move in ('direct', 'post') then t.amount else 0 end, 0
          from transfer t where t.to_id = new.position_id) m;
    if (new.posted, new.held) = (b.posted, b.held) then
        raise exception 'the balance is the sum of its movements' using errcode = 'LG017';
    end if;
    update balance set posted = new.posted, held = new.held, version = version + 1
     where position_id = new.position_id;
    return new;
end $$;

create trigger b_two_persons before insert on ledger.recount for each row execute function ledger.two_persons();
create trigger c_apply before insert on ledger.recount for each row execute function ledger.recount_apply();
create trigger a_append_only before update or delete or truncate on ledger.recount
    for each statement execute function ledger.append_only();
alter table ledger.recount enable always trigger a_append_only;
alter table ledger.recount enable always trigger b_two_persons;
alter table ledger.recount enable always trigger c_apply;

do $$
declare
    who text := nullif(current_setting('puhui.before', true), '');
begin
    if who is not null then
        execute format('grant select, insert on ledger.recount to %I', who);
    end if;
end $$;
"""
GO = """
drop table ledger.recount;
drop function ledger.recount_apply();
"""
KINDS = ("limit", "calendar", "roles", "template")


def upgrade() -> None:
    ledger = _ledger()
    ledger._run(ledger.AS_OWNER, TABLE, ledger.AS_BEFORE)
    _two_persons((*KINDS, "balance"))


def downgrade() -> None:
    _two_persons(KINDS)
    ledger = _ledger()
    ledger._run(ledger.AS_OWNER, GO, ledger.AS_BEFORE)


def _two_persons(kinds: tuple[str, ...]) -> None:
    listed = ",".join(f"'{k}'" for k in kinds)
    op.drop_constraint("setting_change_two_persons", "setting_change")
    op.create_check_constraint(
        "setting_change_two_persons",
        "setting_change",
        f"kind not in ({listed}) or state <> 'confirmed' or decided_person <> proposed_person",
    )


def _ledger() -> ModuleType:
    """The revision that knows how to work as the owner of the schema."""
    spec = importlib.util.spec_from_file_location("r0011", Path(__file__).with_name("0011_ledger_more.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
