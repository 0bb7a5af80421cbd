"""The filing form of the issuance of reductions, with its papers."""

from models.procedures.issuance_forms.filing import IssuanceForm

__all__ = ["IssuanceForm"]
