"""The worker of the benchmark: as production runs it, with a course of ten questions for the project application."""

import worker
from runtime.bench.course import TenTasks
from workflows import WORKFLOWS

if __name__ == "__main__":
    WORKFLOWS[:] = [TenTasks if w.__name__ == "ProjectApplication" else w for w in WORKFLOWS]
    worker.main()
