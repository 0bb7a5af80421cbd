"""The forms of the tracking evaluation and the data correction 跟踪评估与数据修正 (rules G27, G29, S04, M13)."""

from models.procedures.tracking_evaluation_forms.filing import TrackingEvaluationForm

__all__ = ["TrackingEvaluationForm"]
