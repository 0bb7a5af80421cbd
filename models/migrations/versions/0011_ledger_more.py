"""The ledger, faster and acted upon: references and serial numbers by the statement, offers, mandates, goods.

Issuing to 100,000 holders spent most of its time in checks fired row by row. Here every reference of a
movement is checked once a statement, by the trigger that reads those rows anyway; a holder's balance is
made by its first movement instead of being made empty and then changed; serial numbers of an issuance are
laid in one statement. What is refused is the same, with the same SQLSTATE (tests/ledger/test_attacks.py):
the rows referred to are append-only, so that what was there when a movement was made stays there.
"""
import importlib.util
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

#: Everything of the schema is done as its owner, where it has one of its own.
AS_OWNER = """
do $$
declare
    owner text := (select r.rolname from pg_namespace n join pg_roles r on r.oid = n.nspowner where n.nspname = 'ledger');
begin
    if owner <> current_user then
        if not (select rolsuper from pg_roles where rolname = current_user) then
            execute format('grant %I to %I with set true, inherit false', owner, current_user);
        end if;
        perform set_config('puhui.before', current_user, true);
        execute format('set local role %I', owner);
    end if;
end $$;
"""
AS_BEFORE = """
do $$
declare
    owner text := current_user;
    before text := coalesce(current_setting('puhui.before', true), '');
begin
    if before <> '' then
        execute 'reset role';
        if not (select rolsuper from pg_roles where rolname = before) then
            execute format('revoke set option for %I from %I', owner, before);
        end if;
        perform set_config('puhui.before', '', true);
    end if;
end $$;
"""

#: Checked by the statement from now on. What they pointed to is never deleted or changed.
REFERENCES_GO = """
alter table ledger.transfer drop constraint transfer_act_id_fkey;
alter table ledger.transfer drop constraint transfer_from_id_book_id_fkey;
alter table ledger.transfer drop constraint transfer_to_id_book_id_fkey;
alter table ledger.balance drop constraint balance_position_id_fkey;
alter table ledger.position drop constraint position_book_id_fkey;
alter table ledger.position drop constraint position_account_id_fkey;
"""
REFERENCES_COME = """
alter table ledger.transfer add foreign key (act_id) references ledger.act (id),
    add foreign key (from_id, book_id) references ledger.position (id, book_id),
    add foreign key (to_id, book_id) references ledger.position (id, book_id);
alter table ledger.balance add foreign key (position_id) references ledger.position (id);
alter table ledger.position add foreign key (book_id) references ledger.book (id),
    add foreign key (account_id) references ledger.account (id);
"""

POSITION_OPEN = """
create or replace function ledger.position_open() returns trigger language plpgsql security definer
set search_path = ledger, pg_temp as $$
begin
    if exists (select 1 from (select distinct book_id from n) x where not exists (
                   select 1 from book k where k.id = x.book_id))
       or exists (select 1 from n left join account a on a.id = n.account_id
                   where n.account_id is not null and a.id is null) then
        raise exception 'a position is of a book and of an account' using errcode = '23503';
    end if;
    -- the houses from the first; a holder's balance is made by its first movement
    insert into balance (position_id, book_id, kind, floor_g, ceil_g)
    select n.id, n.book_id, n.kind,
           case n.kind when 'issuance' then -l.approved_g             -- down to what was approved
                       when 'mint' then -9223372036854775807 else 0 end,
           -- a house that issues is never above zero; what is in custody can be released and nothing else
           case when n.kind in ('issuance', 'mint', 'custody') then 0 else 9223372036854775807 end
      from n left join lot l on n.kind = 'issuance' and l.book_id = n.book_id
     where n.kind <> 'holder';
    return null;
end $$;
"""

APPLY = """
create or replace function ledger.transfer_apply() returns trigger language plpgsql security definer
set search_path = ledger, pg_temp as $$
declare
    bad text;
    late boolean;
    n_rows bigint;
    n_known bigint;
    n_due bigint;
    n_done bigint;
    special boolean;
begin
    select count(*), bool_or(at <> now()), bool_or(pending_id is not null or reverses is not null)
      into n_rows, late, special from n;
    if late then
        raise exception 'a movement is dated by the database' using errcode = 'LG010';
    end if;
    with g as materialized (
        select n.act_id, n.book_id, n.move, n.reverses is not null as reversing, f.kind as from_kind, t.kind as to_kind,
               count(*) as c
          from n join position f on f.id = n.from_id and f.book_id = n.book_id
                 join position t on t.id = n.to_id and t.book_id = n.book_id
         group by 1, 2, 3, 4, 5, 6)
    select coalesce(sum(g.c), 0),
           min(case when a.id is null then '23503'
                    when a.xid <> pg_current_xact_id() then 'LG014'
                    when r.move is null then 'LG001'
                    when a.purpose = 'compliance' and b.method_class <> 'I' then 'LG015'
                    when (a.kind = 'correct') <> g.reversing then 'LG016' end)
      into n_known, bad
      from g left join act a on a.id = g.act_id join book b on b.id = g.book_id
      left join route r on r.act_kind = a.kind and r.from_kind = g.from_kind and r.to_kind = g.to_kind and r.move = g.move;
    if n_known <> n_rows then
        raise exception 'a movement is between positions of its book' using errcode = '23503';
    end if;
    if bad is not null then
        raise exception 'movement refused' using errcode = bad;
    end if;
    if special and exists (select 1 from n left join transfer p on p.id = n.pending_id and p.move = 'pending'
                  and p.book_id = n.book_id and p.from_id = n.from_id and p.to_id = n.to_id and n.amount <= p.amount
                  and (n.move = 'void' or p.expires_at is null or p.expires_at > now())
               where n.pending_id is not null and p.id is null) then
        raise exception 'the hold is not the one named, or has expired' using errcode = 'LG002';
    end if;
    -- locked in the order of their ids: two batches never wait for each other in a circle
    perform 1 from balance where position_id in (select from_id from n union select to_id from n)
      order by position_id for no key update;
    if special and exists (select 1 from n left join transfer o on o.id = n.reverses and o.move in ('direct', 'post')
                  and o.book_id = n.book_id and o.to_id = n.from_id
               left join position f on f.id = o.from_id left join position t on t.id = n.to_id
               where n.reverses is not null
                 and (o.id is null or not case when f.kind = 'issuance' then t.kind = 'withdrawn' else n.to_id = o.from_id end
                      or (select sum(x.amount) from transfer x where x.reverses = o.id) > o.amount)) then
        raise exception 'a correction reverses what was posted, and no more of it' using errcode = 'LG016';
    end if;
    with leg as (
        select n.from_id as position_id, min(n.book_id) as book_id,
               sum(case when n.move in ('direct', 'post') then -n.amount else 0 end) as dp,
               sum(case n.move when 'pending' then n.amount when 'direct' then 0
                        else -(select p.amount from transfer p where p.id = n.pending_id) end) as dh,
               sum(case when n.move in ('direct', 'pending') then n.amount else 0 end) as outgoing
          from n group by n.from_id
        union all
        select n.to_id, min(n.book_id), sum(case when n.move in ('direct', 'post') then n.amount else 0 end), 0, 0
          from n group by n.to_id),
    d as materialized (
        select position_id, min(leg.book_id) as book_id, sum(dp)::bigint as dp, sum(dh)::bigint as dh,
               sum(outgoing)::bigint as outgoing, b.position_id is not null as known
          from leg left join balance b using (position_id) group by position_id, b.position_id),
    u as (update balance b set posted = b.posted + d.dp, held = b.held + d.dh, version = b.version + 1
            from d where d.known and b.position_id = d.position_id
             and not (b.kind in ('cancelled', 'withdrawn') and d.outgoing > 0)
             -- strict: what comes in by the same statement does not pay for what goes out
             and b.posted::numeric - b.held - d.outgoing >= b.floor_g
          returning 1),
    i as (insert into balance as b (position_id, book_id, kind, posted, floor_g, ceil_g, version)
          select position_id, book_id, 'holder', dp, 0, 9223372036854775807, 1 from d
           where not known and outgoing = 0 and dh = 0 order by position_id
          on conflict (position_id) do update set posted = b.posted + excluded.posted, version = b.version + 1
          returning 1)
    select (select count(*) from d), (select count(*) from u) + (select count(*) from i) into n_due, n_done;
    if n_due <> n_done then
        raise exception 'not enough available' using errcode = 'LG003';
    end if;
    if exists (select 1 from (select distinct book_id from n) x join lot l on l.book_id = x.book_id and l.numbered) then
        perform serial_issue(array(select n.id from n join position f on f.id = n.from_id and f.kind = 'issuance'
                                     join lot l on l.book_id = n.book_id and l.numbered where n.move = 'direct'));
        perform serial_follow(n.id) from n join lot l on l.book_id = n.book_id and l.numbered
           join position f on f.id = n.from_id and f.kind <> 'issuance' where n.move in ('direct', 'post');
    end if;
    return null;
end $$;

create function ledger.serial_issue(which uuid[]) returns void language plpgsql security definer
set search_path = ledger, pg_temp as $$
begin
    if pg_trigger_depth() < 1 then
        raise exception 'serial numbers follow movements' using errcode = 'LG008';
    end if;
    with first as (select book_id, max(upper(grams)) as g from serial_block
                    where book_id in (select book_id from transfer where id = any(which)) group by book_id),
    laid as (select t.id, t.book_id, t.to_id, int8range(e - t.amount, e) as grams
               from (select x.*, coalesce(f.g, 1) + (sum(x.amount) over (partition by x.book_id order by x.to_id, x.id))::bigint as e
                       from transfer x left join first f on f.book_id = x.book_id where x.id = any(which)) t),
    kept as (insert into serial_block (book_id, position_id, grams) select book_id, to_id, grams from laid)
    insert into serial_move select id, book_id, grams from laid;
end $$;

-- Only the trigger lays them; it runs as the owner.
revoke execute on function ledger.serial_issue(uuid[]), ledger.serial_follow(uuid) from public;

-- In the order of their making where the server can: an index takes such keys at its end.
do $$
begin
    execute format('create function ledger.new_id() returns uuid language sql volatile as $f$ select %s() $f$',
                   case when to_regproc('pg_catalog.uuidv7') is null then 'gen_random_uuid' else 'uuidv7' end);
end $$;
"""


def _run(*parts: str) -> None:
    """By the driver itself: many statements at once, and nothing in them is a parameter."""
    with op.get_bind().connection.cursor() as cursor:
        for part in parts:
            cursor.execute(part)


#: Certificates of donations, too.
CERTIFICATES = """
alter table ledger.certificate drop constraint certificate_kind_check;
alter table ledger.certificate add constraint certificate_kind_check check (kind in ('issuance', 'cancellation', 'donation'));
"""
#: A scenario runs, and is issued month by month under one case: each month is a slot of its own.
SCENARIOS = """
alter table ledger.claim add column slot text not null default '';
drop index ledger.one_live_claim_of_a_case;
create unique index one_live_claim_of_a_case on ledger.claim (case_id, origin_id, slot) where released_at is null;
"""
SCENARIOS_GO = """
drop index ledger.one_live_claim_of_a_case;
create unique index one_live_claim_of_a_case on ledger.claim (case_id, origin_id) where released_at is null;
alter table ledger.claim drop column slot;
"""
BALANCES_OF_ALL = """
alter table ledger.balance disable trigger a_derived;
insert into ledger.balance (position_id, book_id, kind, floor_g, ceil_g)
select id, book_id, kind, 0, 9223372036854775807 from ledger.position p
 where not exists (select 1 from ledger.balance b where b.position_id = p.id);
alter table ledger.balance enable always trigger a_derived;
"""


def upgrade() -> None:
    _run(AS_OWNER, REFERENCES_GO, POSITION_OPEN, APPLY, CERTIFICATES, SCENARIOS, _lots_of_what_runs(), AS_BEFORE)
    _tables()


def _tables() -> None:
    op.create_table('trading_fund',
    sa.Column('account_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('balance_fen', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('balance_fen >= 0', name='fund_not_overdrawn'),
    sa.PrimaryKeyConstraint('account_id')
    )
    op.create_table('experience_entry',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('party_id', sa.Integer(), nullable=False),
    sa.Column('scenario', sa.String(), nullable=False),
    sa.Column('record_no', sa.String(), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('value > 0', name='experience_positive'),
    sa.ForeignKeyConstraint(['party_id'], ['party.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('scenario', 'record_no')
    )
    op.create_index('ix_experience_entry_party_id', 'experience_entry', ['party_id'], unique=False)
    op.create_table('reward_good',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('merchant_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('detail', sa.String(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('stock', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('points > 0', name='good_points'),
    sa.CheckConstraint('stock >= 0', name='good_stock'),
    sa.ForeignKeyConstraint(['merchant_id'], ['party.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('number')
    )
    op.create_index('ix_reward_good_merchant_id', 'reward_good', ['merchant_id'], unique=False)
    op.create_table('donation_purpose',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('use', sa.String(), nullable=False),
    sa.Column('organiser_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('target_points', sa.BigInteger(), nullable=True),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('made_by', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("use in ('operations', 'event')", name='purpose_use'),
    sa.CheckConstraint('target_points is null or target_points > 0', name='purpose_target'),
    sa.ForeignKeyConstraint(['made_by'], ['user_account.id']),
    sa.ForeignKeyConstraint(['organiser_id'], ['party.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('account_id'),
    sa.UniqueConstraint('number')
    )
    op.create_index('ix_donation_purpose_organiser_id', 'donation_purpose', ['organiser_id'], unique=False)
    op.create_table('ledger_mandate',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('principal_id', sa.Integer(), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('limit_g', sa.BigInteger(), nullable=True),
    sa.Column('valid_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('signed_by', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('limit_g is null or limit_g > 0', name='mandate_limit_positive'),
    sa.CheckConstraint('principal_id <> agent_id', name='mandate_two_parties'),
    sa.ForeignKeyConstraint(['agent_id'], ['party.id']),
    sa.ForeignKeyConstraint(['principal_id'], ['party.id']),
    sa.ForeignKeyConstraint(['signed_by'], ['user_account.id']),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_ledger_mandate_agent_id', 'ledger_mandate', ['agent_id'], unique=False)
    op.create_index('ix_ledger_mandate_principal_id', 'ledger_mandate', ['principal_id'], unique=False)
    op.create_table('redemption',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('good_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('hold_act', sa.Uuid(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state in ('held', 'fulfilled', 'refunded')", name='redemption_state'),
    sa.CheckConstraint('quantity > 0 and points > 0', name='redemption_positive'),
    sa.ForeignKeyConstraint(['good_id'], ['reward_good.id']),
    sa.ForeignKeyConstraint(['made_by'], ['user_account.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key'),
    sa.UniqueConstraint('number')
    )
    op.create_index('ix_redemption_account_id', 'redemption', ['account_id'], unique=False)
    op.create_index('ix_redemption_expires_at', 'redemption', ['expires_at'], unique=False)
    op.create_index('ix_redemption_good_id', 'redemption', ['good_id'], unique=False)
    op.create_index('ix_redemption_state', 'redemption', ['state'], unique=False)
    op.create_table('scenario_run',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('approver_a', sa.Integer(), nullable=False),
    sa.Column('approver_b', sa.Integer(), nullable=False),
    sa.Column('records', sa.Integer(), nullable=False),
    sa.Column('persons', sa.Integer(), nullable=False),
    sa.Column('grams', sa.BigInteger(), nullable=False),
    sa.Column('converted', sa.Integer(), nullable=False),
    sa.Column('lot', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state in ('gathering', 'issued', 'empty')", name='scenario_run_state'),
    sa.ForeignKeyConstraint(['approver_a'], ['user_account.id']),
    sa.ForeignKeyConstraint(['approver_b'], ['user_account.id']),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id']),
    sa.ForeignKeyConstraint(['project_id'], ['project.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('project_id', 'month')
    )
    op.create_table('trading_fund_entry',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('from_id', sa.BigInteger(), nullable=True),
    sa.Column('to_id', sa.BigInteger(), nullable=True),
    sa.Column('fen', sa.BigInteger(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('by_user', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind in ('deposit', 'withdrawal', 'deal')", name='fund_entry_kind'),
    sa.CheckConstraint('fen > 0', name='fund_entry_positive'),
    sa.ForeignKeyConstraint(['by_user'], ['user_account.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    op.create_index('ix_trading_fund_entry_from_id', 'trading_fund_entry', ['from_id'], unique=False)
    op.create_index('ix_trading_fund_entry_to_id', 'trading_fund_entry', ['to_id'], unique=False)
    op.create_table('ledger_offer',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('seller_id', sa.BigInteger(), nullable=False),
    sa.Column('buyer_id', sa.BigInteger(), nullable=True),
    sa.Column('amount_g', sa.BigInteger(), nullable=False),
    sa.Column('left_g', sa.BigInteger(), nullable=False),
    sa.Column('price_fen', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('hold_act', sa.Uuid(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('mandate_id', sa.Integer(), nullable=True),
    sa.Column('made_by', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'listing') or buyer_id is not null", name='offer_buyer'),
    sa.CheckConstraint("(kind = 'transfer') = (price_fen = 0) and price_fen >= 0", name='offer_price'),
    sa.CheckConstraint("kind in ('transfer', 'agreement', 'listing')", name='offer_kind'),
    sa.CheckConstraint("state in ('open', 'accepted', 'settled', 'rejected', 'withdrawn', 'expired')", name='offer_state'),
    sa.CheckConstraint('amount_g > 0 and left_g between 0 and amount_g', name='offer_amount'),
    sa.ForeignKeyConstraint(['made_by'], ['user_account.id']),
    sa.ForeignKeyConstraint(['mandate_id'], ['ledger_mandate.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('number')
    )
    op.create_index('ix_ledger_offer_buyer_id', 'ledger_offer', ['buyer_id'], unique=False)
    op.create_index('ix_ledger_offer_expires_at', 'ledger_offer', ['expires_at'], unique=False)
    op.create_index('ix_ledger_offer_seller_id', 'ledger_offer', ['seller_id'], unique=False)
    op.create_index('ix_ledger_offer_state', 'ledger_offer', ['state'], unique=False)
    op.create_table('ledger_deal',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('offer_id', sa.Integer(), nullable=False),
    sa.Column('buyer_id', sa.BigInteger(), nullable=False),
    sa.Column('amount_g', sa.BigInteger(), nullable=False),
    sa.Column('fen', sa.BigInteger(), nullable=False),
    sa.Column('delivery_act', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount_g > 0 and fen > 0', name='deal_positive'),
    sa.ForeignKeyConstraint(['offer_id'], ['ledger_offer.id']),
    sa.ForeignKeyConstraint(['payment_id'], ['trading_fund_entry.id']),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('delivery_act'),
    sa.UniqueConstraint('number'),
    sa.UniqueConstraint('payment_id')
    )
    op.create_index('ix_ledger_deal_offer_id', 'ledger_deal', ['offer_id'], unique=False)
    op.create_table('scenario_issued',
    sa.Column('record_id', sa.BigInteger(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('party_id', sa.Integer(), nullable=False),
    sa.Column('grams', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['party_id'], ['party.id']),
    sa.ForeignKeyConstraint(['record_id'], ['scenario_record.id']),
    sa.ForeignKeyConstraint(['run_id'], ['scenario_run.id']),
    sa.PrimaryKeyConstraint('record_id')
    )
    op.create_index('ix_scenario_issued_run_id', 'scenario_issued', ['run_id'], unique=False)


def downgrade() -> None:
    """Drop what acts on the ledger; the ledger itself checks row by row again."""
    for table in ('scenario_issued', 'ledger_deal', 'ledger_offer', 'trading_fund_entry', 'scenario_run', 'redemption', 'ledger_mandate', 'donation_purpose', 'reward_good', 'experience_entry', 'trading_fund'):
        op.drop_table(table)
    _run(AS_OWNER, BALANCES_OF_ALL, *_functions_before("transfer_apply", "position_open", "lot_is_right"),
         SCENARIOS_GO, REFERENCES_COME,
         "drop function ledger.serial_issue(uuid[]); drop function ledger.new_id();"
         "grant execute on function ledger.serial_follow(uuid) to public;", AS_BEFORE)


def _lots_of_what_runs() -> str:
    """A scenario in force is running, a project is being implemented (I09)."""
    (body,) = _functions_before("lot_is_right")
    return body.replace("p.state = 'implementing'", "p.state in ('implementing', 'running')")


def _functions_before(*names: str) -> list[str]:
    """As revision 0003 made them."""
    spec = importlib.util.spec_from_file_location("ledger_0003", Path(__file__).with_name("0003_ledger.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    bodies = module.FUNCTIONS.split("\ncreate function ")
    return ["create or replace function " + b for b in bodies if b.startswith(tuple(f"ledger.{n}(" for n in names))]
