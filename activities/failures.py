"""What of an error reaches a history: its kind and place, without personal data (M10)."""

from temporalio.api.failure.v1 import Failure
from temporalio.converter import DefaultFailureConverter, PayloadConverter

from services.logs import discreet


class DiscreetFailures(DefaultFailureConverter):
    """Failures whose messages and traces show nothing of what somebody typed."""

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """Fill `failure`; the whole chain of causes is cleaned."""
        super().to_failure(exception, payload_converter, failure)
        told: Failure | None = failure
        while told is not None:
            told.message, told.stack_trace = discreet(told.message), discreet(told.stack_trace)
            told = told.cause if told.HasField("cause") else None
