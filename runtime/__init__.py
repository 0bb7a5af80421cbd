"""The ground the product stands on: embedded PostgreSQL and Temporal, the supervisor, seeds."""
