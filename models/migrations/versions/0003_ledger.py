"""The ledger: a schema that keeps its own balances (I01, I02, I05-I12, J01, M06, M07, M09).

The only rows anybody writes are acts, movements (transfer), lots, claims and openings. Balances, serial
blocks and backing of points are derived and checked by triggers, so a wrong or concurrent caller is
refused by the database. Nothing here rests on the caller's manners:

* a movement names both its ends on one row, inside one book: one-sided and cross-lot moves cannot be said;
* history is append-only, derived tables refuse direct writing, both also for the owner of the schema;
* where the migrating role may create roles, the schema belongs to a role nobody logs in as, and the
  application keeps SELECT and INSERT; elsewhere (the embedded server) the triggers stand alone.

Later revisions that change the schema `ledger` begin with `set role puhui_ledger` where that role exists.
"""
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
create schema ledger;

-- A book is what is fungible: one per issued lot of reductions (ER), one per class of points (PT).
create table ledger.book (
    id int generated always as identity primary key,
    kind text not null check (kind in ('ER', 'PT')),
    method_class text not null check (method_class in ('I', 'II')),
    unique (id, kind, method_class)
);
create unique index one_points_book on ledger.book (method_class) where kind = 'PT';

-- Days of one project or scenario that a case asks for. Pending cases count, so the second is refused at once (I02).
create table ledger.claim (
    id bigint generated always as identity primary key,
    origin_id bigint not null references public.project (id),
    case_id uuid not null references public.case_file (id),
    period daterange not null check (not isempty(period) and not lower_inf(period) and not upper_inf(period)),
    at timestamptz not null default now(),
    released_at timestamptz,
    unique (id, origin_id, period),
    constraint claims_do_not_overlap
        exclude using gist (int8range(origin_id, origin_id, '[]') with &&, period with &&) where (released_at is null)
);
create unique index one_live_claim_of_a_case on ledger.claim (case_id, origin_id) where released_at is null;

-- One issuance 签发 with everything a unit keeps for ever (M03, M06).
create table ledger.lot (
    book_id int primary key,
    kind text not null default 'ER' check (kind = 'ER'),
    number text not null unique,
    claim_id bigint not null unique,
    origin_id bigint not null references public.project (id),
    origin_kind text not null check (origin_kind in ('project', 'scenario')),
    origin_number text not null,
    methodology text not null check (methodology <> ''),
    methodology_version text not null,
    method_class text not null,
    period daterange not null check (not isempty(period)),
    vintage smallint not null,
    approved_g bigint not null check (approved_g > 0),
    recomputed_g bigint not null,
    calculation_sha256 bytea not null check (octet_length(calculation_sha256) = 32),
    numbered boolean not null,
    approver_a bigint not null references public.user_account (id),
    approver_b bigint not null references public.user_account (id),
    at timestamptz not null default now(),
    constraint approved_not_above_recomputed check (approved_g <= recomputed_g),
    constraint vintage_in_period check (vintage between extract(year from lower(period)) and extract(year from upper(period) - 1)),
    foreign key (book_id, kind, method_class) references ledger.book (id, kind, method_class),
    foreign key (claim_id, origin_id, period) references ledger.claim (id, origin_id, period),
    constraint lots_do_not_overlap
        exclude using gist (int8range(origin_id, origin_id, '[]') with &&, period with &&)
);

-- What a party or person opens: one account, a position in each book it holds.
create table ledger.account (
    id bigint generated always as identity primary key,
    number text not null unique,
    party_id bigint not null references public.party (id),
    kind text not null check (kind in ('institution', 'person')),
    at timestamptz not null default now(),
    unique (party_id)
);
create table ledger.position (
    id bigint generated always as identity primary key,
    book_id int not null references ledger.book (id),
    kind text not null check (kind in ('holder', 'issuance', 'cancelled', 'withdrawn', 'custody', 'pool', 'mint')),
    account_id bigint references ledger.account (id),
    unique (id, book_id),
    unique (account_id, book_id),
    check ((kind = 'holder') = (account_id is not null))
);
create unique index one_house_position on ledger.position (book_id, kind) where kind <> 'holder';

create table ledger.balance (
    position_id bigint primary key references ledger.position (id),
    book_id int not null,
    kind text not null,
    posted bigint not null default 0,
    held bigint not null default 0,
    floor_g bigint not null,
    ceil_g bigint not null,
    version bigint not null default 0,
    constraint no_overspend check (held >= 0 and posted - held >= floor_g and posted <= ceil_g)
) with (fillfactor = 60);
create index balance_of_book on ledger.balance (book_id);

-- One business act, under the caller's own key: asked again it is answered, asked differently refused (I12).
create table ledger.act (
    id uuid primary key,
    key text not null unique,
    request_sha256 bytea not null check (octet_length(request_sha256) = 32),
    kind text not null check (kind in ('issue', 'transfer', 'freeze', 'hold', 'release', 'settle', 'cancel', 'correct',
                                       'convert', 'redeem', 'donate', 'buy_back')),
    purpose text check (purpose in ('compliance', 'operations', 'event', 'damage', 'voluntary')),
    reason text not null default '',
    case_id uuid references public.case_file (id),
    actor_id bigint references public.user_account (id),
    approver_a bigint references public.user_account (id),
    approver_b bigint references public.user_account (id),
    result jsonb not null default '{}',
    at timestamptz not null default now(),
    xid xid8 not null default pg_current_xact_id(),
    constraint purpose_of_cancelling check ((kind = 'cancel') = (purpose is not null)),
    constraint two_approvers check (kind not in ('issue', 'correct') or (approver_a is not null and approver_b is not null))
);
create index act_case on ledger.act (case_id) where case_id is not null;

-- Which act may move between which kinds of position. Whatever is not listed cannot happen.
create table ledger.route (
    act_kind text not null, from_kind text not null, to_kind text not null, move text not null,
    primary key (act_kind, from_kind, to_kind, move)
);
insert into ledger.route values
    ('issue', 'issuance', 'holder', 'direct'),
    ('transfer', 'holder', 'holder', 'direct'),
    ('freeze', 'holder', 'custody', 'pending'),
    ('hold', 'holder', 'holder', 'pending'),
    ('release', 'holder', 'custody', 'void'), ('release', 'holder', 'holder', 'void'),
    ('settle', 'holder', 'holder', 'post'),
    ('cancel', 'holder', 'cancelled', 'direct'), ('cancel', 'pool', 'cancelled', 'direct'),
    ('cancel', 'holder', 'mint', 'direct'),
    ('correct', 'holder', 'withdrawn', 'direct'), ('correct', 'holder', 'holder', 'direct'),
    ('convert', 'holder', 'pool', 'direct'), ('convert', 'mint', 'holder', 'direct'),
    ('redeem', 'holder', 'holder', 'direct'), ('donate', 'holder', 'holder', 'direct'),
    ('buy_back', 'holder', 'mint', 'direct'), ('buy_back', 'pool', 'holder', 'direct');

create table ledger.transfer (
    id uuid primary key,
    act_id uuid not null references ledger.act (id),
    move text not null check (move in ('direct', 'pending', 'post', 'void')),
    book_id int not null,
    from_id bigint not null,
    to_id bigint not null,
    amount bigint not null check (amount > 0),
    pending_id uuid references ledger.transfer (id),
    reverses uuid references ledger.transfer (id),
    expires_at timestamptz,
    at timestamptz not null default now(),
    constraint two_ends check (from_id <> to_id),
    constraint resolution_names_its_hold check ((move in ('post', 'void')) = (pending_id is not null)),
    constraint only_holds_expire check (move = 'pending' or expires_at is null),
    foreign key (from_id, book_id) references ledger.position (id, book_id),
    foreign key (to_id, book_id) references ledger.position (id, book_id)
);
create unique index resolve_once on ledger.transfer (pending_id) where pending_id is not null;
create index transfer_reverses on ledger.transfer (reverses) where reverses is not null;
create index transfer_expiry on ledger.transfer (expires_at) where expires_at is not null;
create index transfer_act on ledger.transfer (act_id);
create index transfer_from on ledger.transfer (from_id, at);
create index transfer_to on ledger.transfer (to_id, at);

-- Serial numbers of a numbered lot: its grams from 1 on, in blocks that partition what was issued (I10).
create table ledger.serial_block (
    id bigint generated always as identity primary key,
    book_id int not null references ledger.book (id),
    position_id bigint not null,
    grams int8range not null check (not isempty(grams) and lower(grams) >= 1),
    foreign key (position_id, book_id) references ledger.position (id, book_id),
    constraint serials_do_not_overlap
        exclude using gist (int8range(book_id, book_id, '[]') with &&, grams with &&)
);
create index serial_block_holder on ledger.serial_block (position_id, lower(grams));
create table ledger.serial_move (
    transfer_id uuid not null references ledger.transfer (id),
    book_id int not null,
    grams int8range not null,
    primary key (transfer_id, grams)
);

-- Certificates of issuance and cancelling; anybody who holds the code may check one.
create table ledger.certificate (
    id bigint generated always as identity primary key,
    act_id uuid not null unique references ledger.act (id),
    kind text not null check (kind in ('issuance', 'cancellation')),
    number text not null unique,
    code text not null unique,
    facts jsonb not null,
    sha256 text not null,
    at timestamptz not null default now()
);
"""

# Refusals carry their own SQLSTATE; services/ledger_errors.py has the words.
FUNCTIONS = """
create function ledger.two_persons() returns trigger language plpgsql security definer
set search_path = ledger, pg_temp as $$
begin
    if (select count(distinct u.person_key) from public.user_account u where u.id in (new.approver_a, new.approver_b)) < 2 then
        raise exception 'two different persons must approve' using errcode = 'LG009';
    end if;
    return new;
end $$;

create function ledger.act_stamp() returns trigger language plpgsql security definer
set search_path = ledger, pg_temp as $$
begin
    new.xid := pg_current_xact_id();
    new.at := now();
    return new;
end $$;

create function ledger.lot_is_right() returns trigger language plpgsql security definer
set search_path = ledger, pg_temp as $$
begin
    new.at := now();
    perform 1 from claim where id = new.claim_id and released_at is null for update;
    if not found then
        raise exception 'the claim on the period was released' using errcode = 'LG011';
    end if;
    if not exists (select 1 from public.project p where p.id = new.origin_id and p.kind = new.origin_kind
                   and p.number = new.origin_number and p.method_class = new.method_class
                   and p.methodology = new.methodology and p.methodology_version = new.methodology_version) then
        raise exception 'the lot differs from what was published' using errcode = 'LG012';
    end if;
    if not exists (select 1 from public.project p where p.id = new.origin_id and p.state = 'implementing') then
        raise exception 'nothing is issued for what is not being implemented' using errcode = 'LG013';
    end if;
    return new;
end $$;

create function ledger.lot_open() returns trigger language plpgsql security definer
set search_path = ledger, pg_temp as $$
begin
    insert into position (book_id, kind)
    select new.book_id, unnest(array['issuance', 'cancelled', 'withdrawn', 'custody']);
    return null;
end $$;

create function ledger.claim_only_released() returns trigger language plpgsql security definer
set search_path = ledger, pg_temp as $$
begin
    if old.released_at is not null or new.released_at is null
       or (new.id, new.origin_id, new.case_id, new.period, new.at)
          is distinct from (old.id, old.origin_id, old.case_id, old.period, old.at) then
        raise exception 'a claim can only be released' using errcode = 'LG007';
    end if;
    if exists (select 1 from lot where claim_id = old.id) then
        raise exception 'the claim has become a lot' using errcode = 'LG007';
    end if;
    return new;
end $$;

create function ledger.position_open() returns trigger language plpgsql security definer
set search_path = ledger, pg_temp as $$
begin
    insert into balance (position_id, book_id, kind, floor_g, ceil_g)
    select n.id, n.book_id, n.kind,
           case n.kind when 'issuance' then -l.approved_g             -- down to what was approved
                       when 'mint' then -9223372036854775807 else 0 end,
           -- a house that issues is never above zero; what is in custody can be released and nothing else
           case when n.kind in ('issuance', 'mint', 'custody') then 0 else 9223372036854775807 end
      from n left join lot l on n.kind = 'issuance' and l.book_id = n.book_id;
    return null;
end $$;

create function ledger.transfer_apply() returns trigger language plpgsql security definer
set search_path = ledger, pg_temp as $$
declare
    bad text;
    n_due int;
    n_done int;
begin
    if exists (select 1 from n where at <> now()) then
        raise exception 'a movement is dated by the database' using errcode = 'LG010';
    end if;
    select case when a.xid <> pg_current_xact_id() then 'LG014'
                when r.move is null then 'LG001'
                when a.purpose = 'compliance' and b.method_class <> 'I' then 'LG015'
                when (a.kind = 'correct') <> (n.reverses is not null) then 'LG016' end
      into bad
      from n join act a on a.id = n.act_id join book b on b.id = n.book_id
      join position f on f.id = n.from_id join position t on t.id = n.to_id
      left join route r on r.act_kind = a.kind and r.from_kind = f.kind and r.to_kind = t.kind and r.move = n.move
     where a.xid <> pg_current_xact_id() or r.move is null or (a.purpose = 'compliance' and b.method_class <> 'I')
        or (a.kind = 'correct') <> (n.reverses is not null)
     limit 1;
    if bad is not null then
        raise exception 'movement refused' using errcode = bad;
    end if;
    if exists (select 1 from n where pending_id is not null)
       and exists (select 1 from n left join transfer p on p.id = n.pending_id and p.move = 'pending'
                  and p.book_id = n.book_id and p.from_id = n.from_id and p.to_id = n.to_id and n.amount <= p.amount
                  and (n.move = 'void' or p.expires_at is null or p.expires_at > now())
               where n.pending_id is not null and p.id is null) then
        raise exception 'the hold is not the one named, or has expired' using errcode = 'LG002';
    end if;
    -- locked in the order of their ids: two batches never wait for each other in a circle
    perform 1 from balance where position_id in (select from_id from n union select to_id from n)
      order by position_id for no key update;
    if exists (select 1 from n where reverses is not null)
       and exists (select 1 from n left join transfer o on o.id = n.reverses and o.move in ('direct', 'post')
                  and o.book_id = n.book_id and o.to_id = n.from_id
               left join position f on f.id = o.from_id left join position t on t.id = n.to_id
               where n.reverses is not null
                 and (o.id is null or not case when f.kind = 'issuance' then t.kind = 'withdrawn' else n.to_id = o.from_id end
                      or (select sum(x.amount) from transfer x where x.reverses = o.id) > o.amount)) then
        raise exception 'a correction reverses what was posted, and no more of it' using errcode = 'LG016';
    end if;
    with leg as (
        select n.from_id as position_id,
               sum(case when n.move in ('direct', 'post') then -n.amount else 0 end) as dp,
               sum(case n.move when 'pending' then n.amount when 'post' then -p.amount when 'void' then -p.amount else 0 end) as dh,
               sum(case when n.move in ('direct', 'pending') then n.amount else 0 end) as outgoing
          from n left join transfer p on p.id = n.pending_id group by n.from_id
        union all
        select n.to_id, sum(case when n.move in ('direct', 'post') then n.amount else 0 end), 0, 0 from n group by n.to_id),
    d as (select position_id, sum(dp)::bigint as dp, sum(dh)::bigint as dh, sum(outgoing)::bigint as outgoing
            from leg group by position_id),
    u as (update balance b set posted = b.posted + d.dp, held = b.held + d.dh, version = b.version + 1
            from d where b.position_id = d.position_id
             and not (b.kind in ('cancelled', 'withdrawn') and d.outgoing > 0)
             -- strict: what comes in by the same statement does not pay for what goes out
             and b.posted::numeric - b.held - d.outgoing >= b.floor_g
          returning 1)
    select (select count(*) from d), (select count(*) from u) into n_due, n_done;
    if n_due <> n_done then
        raise exception 'not enough available' using errcode = 'LG003';
    end if;
    perform serial_follow(n.id) from n join lot l on l.book_id = n.book_id and l.numbered
      where n.move in ('direct', 'post');
    return null;
end $$;

create function ledger.serial_follow(which uuid) returns void language plpgsql security definer
set search_path = ledger, pg_temp as $$
declare
    m transfer;
    o serial_block;
    first bigint;
    rest bigint;
    take int8range;
begin
    if pg_trigger_depth() < 1 then
        raise exception 'serial numbers follow movements' using errcode = 'LG008';
    end if;
    select * into strict m from transfer where id = which;
    if (select kind from position where id = m.from_id) = 'issuance' then
        select coalesce(max(upper(grams)), 1) into first from serial_block where book_id = m.book_id;
        take := int8range(first, first + m.amount);
        insert into serial_block (book_id, position_id, grams) values (m.book_id, m.to_id, take);
        insert into serial_move values (m.id, m.book_id, take);
        return;
    end if;
    rest := m.amount;
    while rest > 0 loop
        select * into strict o from serial_block where position_id = m.from_id order by lower(grams) limit 1 for update;
        take := int8range(lower(o.grams), least(upper(o.grams), lower(o.grams) + rest));
        delete from serial_block where id = o.id;
        insert into serial_block (book_id, position_id, grams) values (m.book_id, m.to_id, take);
        if upper(take) < upper(o.grams) then
            insert into serial_block (book_id, position_id, grams)
            values (m.book_id, m.from_id, int8range(upper(take), upper(o.grams)));
        end if;
        insert into serial_move values (m.id, m.book_id, take);
        rest := rest - (upper(take) - lower(take));
    end loop;
end $$;

create function ledger.points_backed() returns trigger language plpgsql security definer
set search_path = ledger, pg_temp as $$
declare
    c text;
    short numeric;
begin
    select method_class into c from book where id = new.book_id;
    select coalesce(sum(b.posted), 0) into short from balance b join book k on k.id = b.book_id
     where b.kind in ('pool', 'mint') and k.method_class = c;
    if short <> 0 then
        raise exception 'points of class % are not backed, by % g', c, short using errcode = 'LG004';
    end if;
    return null;
end $$;

create function ledger.append_only() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'LG007';
end $$;

create function ledger.derived_only() returns trigger language plpgsql as $$
begin
    if pg_trigger_depth() < 2 then
        raise exception '% is derived: write movements instead', tg_table_name using errcode = 'LG008';
    end if;
    return null;
end $$;
"""

TRIGGERS = """
create trigger b_two_persons before insert on ledger.lot for each row execute function ledger.two_persons();
create trigger b_two_persons before insert on ledger.act for each row
    when (new.approver_a is not null or new.approver_b is not null) execute function ledger.two_persons();
create trigger b_stamp before insert on ledger.act for each row execute function ledger.act_stamp();
create trigger c_is_right before insert on ledger.lot for each row execute function ledger.lot_is_right();
create trigger d_open after insert on ledger.lot for each row execute function ledger.lot_open();
create trigger b_only_released before update on ledger.claim for each row execute function ledger.claim_only_released();
create trigger b_open after insert on ledger.position referencing new table as n
    for each statement execute function ledger.position_open();
create trigger b_apply after insert on ledger.transfer referencing new table as n
    for each statement execute function ledger.transfer_apply();
create constraint trigger points_backed after update on ledger.balance deferrable initially deferred
    for each row when (new.kind in ('pool', 'mint') and new.posted <> old.posted) execute function ledger.points_backed();
do $$
declare t text;
begin
    foreach t in array array['book', 'lot', 'account', 'position', 'act', 'route', 'transfer', 'certificate'] loop
        execute format('create trigger a_append_only before update or delete or truncate on ledger.%I
                        for each statement execute function ledger.append_only()', t);
    end loop;
    create trigger a_closed before insert on ledger.route for each statement execute function ledger.append_only();
    create trigger a_append_only before delete or truncate on ledger.claim
        for each statement execute function ledger.append_only();
    foreach t in array array['balance', 'serial_block', 'serial_move'] loop
        execute format('create trigger a_derived before insert or update or delete or truncate on ledger.%I
                        for each statement execute function ledger.derived_only()', t);
    end loop;
    -- also for a session that calls itself a replica
    for t in select format('alter table %s enable always trigger %I', g.tgrelid::regclass, g.tgname)
               from pg_trigger g join pg_class c on c.oid = g.tgrelid
              where not g.tgisinternal and c.relnamespace = 'ledger'::regnamespace loop
        execute t;
    end loop;
end $$;

-- The two books of points, one a class: a point keeps the class of the reduction behind it (I07).
insert into ledger.book (kind, method_class) values ('PT', 'I'), ('PT', 'II');
insert into ledger.position (book_id, kind) select id, unnest(array['mint', 'custody']) from ledger.book where kind = 'PT';
"""

# create role and the rest in one block of its own: without the right to do so the triggers stand alone.
OWNER = """
do $$
declare
    me text := current_user;
    t text;
begin
    if not exists (select 1 from pg_roles where rolname = 'puhui_ledger') then
        create role puhui_ledger nologin;
    end if;
    if not (select rolsuper from pg_roles where rolname = me) then
        execute format('grant puhui_ledger to %I with set true, inherit false', me);
    end if;
    execute format('grant create on database %I to puhui_ledger', current_database());
    grant usage on schema public to puhui_ledger;
    grant select on public.project, public.user_account to puhui_ledger;
    for t in select format('alter function %s owner to puhui_ledger', p.oid::regprocedure) from pg_proc p
              where p.pronamespace = 'ledger'::regnamespace loop
        execute 'grant create on schema ledger to puhui_ledger';
        execute t;
    end loop;
    for t in select format('alter table ledger.%I owner to puhui_ledger', c.relname) from pg_class c
              where c.relnamespace = 'ledger'::regnamespace and c.relkind = 'r' loop
        execute t;
    end loop;
    alter schema ledger owner to puhui_ledger;
    execute format('revoke create on database %I from puhui_ledger', current_database());
    execute 'set local role puhui_ledger';
    execute format('grant usage on schema ledger to %I', me);
    execute format('grant select on all tables in schema ledger to %I', me);
    execute format('grant insert on ledger.book, ledger.claim, ledger.lot, ledger.account, ledger.position,
                    ledger.act, ledger.transfer, ledger.certificate to %I', me);
    execute format('grant update (released_at) on ledger.claim to %I', me);
    execute 'reset role';
    if not (select rolsuper from pg_roles where rolname = me) then
        execute format('revoke set option for puhui_ledger from %I', me);
    end if;
exception when insufficient_privilege then
    raise notice 'the ledger has no owner role of its own: %', sqlerrm;
end $$;
"""


def upgrade() -> None:
    # by the driver itself: many statements at once, and nothing in them is a parameter
    with op.get_bind().connection.cursor() as cursor:
        for part in (TABLES, FUNCTIONS, TRIGGERS, OWNER):
            cursor.execute(part)


def downgrade() -> None:
    op.execute("""
        do $$
        begin
            if (select r.rolname from pg_namespace n join pg_roles r on r.oid = n.nspowner where n.nspname = 'ledger')
               = 'puhui_ledger' and not (select rolsuper from pg_roles where rolname = current_user) then
                execute format('grant puhui_ledger to %I with set true, inherit true', current_user);
            end if;
            drop schema ledger cascade;
        end $$""")
