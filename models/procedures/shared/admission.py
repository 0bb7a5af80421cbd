"""Who applies for admission of a project or a scenario, and what stands in the way (domain guards G1 to G6)."""

#: Eligibility of either application, in the order people are told.
GUARDS = (
    "filer_is_organisation",
    "methodology_in_force",
    "not_ets_covered",
    "not_claimed_twice",
    "entrustment_complete",
    "platform_account",
    "dates_in_order",
)
