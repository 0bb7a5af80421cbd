"""Mall: members under a permanent number, and the goods they were admitted with."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mall_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("number", sa.String(), nullable=False, unique=True),
        sa.Column("case_id", sa.Uuid(), sa.ForeignKey("case_file.id"), nullable=False, unique=True),
        sa.Column("party_id", sa.BigInteger(), sa.ForeignKey("party.id"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quota", sa.BigInteger(), nullable=True),
        sa.Column("redeemed", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("online_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state in ('connecting', 'online', 'suspended', 'exited')", name="mall_member_state"
        ),
        sa.CheckConstraint(
            "redeemed >= 0 and (quota is null or redeemed <= quota)", name="mall_member_quota"
        ),
        sa.CheckConstraint(
            "mode <> 'event' or (quota is not null and opens_at is not null and closes_at is not null)",
            name="mall_member_event",
        ),
        sa.CheckConstraint("closes_at is null or opens_at < closes_at", name="mall_member_window"),
    )
    op.create_index("ix_mall_member_party_id", "mall_member", ["party_id"])
    op.create_table(
        "mall_good",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("number", sa.String(), nullable=False, unique=True),
        sa.Column("member_id", sa.BigInteger(), sa.ForeignKey("mall_member.id"), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("face_value_yuan", sa.Numeric(14, 2), nullable=False),
        sa.Column("points_price", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=False),
        sa.Column("per_person", sa.Integer(), nullable=True),
        sa.Column("available_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("available_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("member_id", "name"),
        sa.CheckConstraint("points_price > 0", name="mall_good_price"),
        sa.CheckConstraint("stock >= 0", name="mall_good_stock"),
        sa.CheckConstraint("per_person is null or per_person > 0", name="mall_good_per_person"),
    )
    op.create_index("ix_mall_good_member_id", "mall_good", ["member_id"])


def downgrade() -> None:
    op.drop_table("mall_good")
    op.drop_table("mall_member")
