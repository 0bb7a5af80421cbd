"""Forms of the project application: Appendix A, Appendix B, and what they must say together."""

from models.procedures.project_application_forms.filing import ProjectApplicationForm

__all__ = ["ProjectApplicationForm"]
