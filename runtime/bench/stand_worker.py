"""The worker of the benchmark: as production runs it, with a course of ten questions for the project application."""

from runtime.start import loading

if __name__ == "__main__":
    with loading():
        import worker
        from runtime.bench.course import TenTasks
        from workflows import WORKFLOWS
    WORKFLOWS[:] = [TenTasks if w.__name__ == "ProjectApplication" else w for w in WORKFLOWS]
    worker.main()
