"""Forms of the mall onboarding: the application form 入驻申请表, what each mode adds, and the answers to its tasks."""

from models.procedures.mall_onboarding_forms.filing import MallOnboardingForm

__all__ = ["MallOnboardingForm"]
