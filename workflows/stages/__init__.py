"""Stages that procedures share: plain functions, one case, one history."""
