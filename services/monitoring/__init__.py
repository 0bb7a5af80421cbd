"""Monitoring data 监测数据."""
