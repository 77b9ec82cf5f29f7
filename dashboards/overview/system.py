# SPDX-License-Identifier: Apache-2.0
"""The hosts, their work with Kafka, and their processes."""

from overview.model import Panel, Row, host, increase, of, quantiles, rate, seconds_since, sum_by

FAILED_OR_STOPPED = of("tidegate_pipeline_state", 'state=~"failed|stopped"')

FLEET = Row(
    "Fleet",
    [
        Panel(
            "Hosts",
            "Hosts that Prometheus can scrape.",
            "none",
            {"hosts": f"count({host('tidegate_build_info')})"},
            "stat",
            4,
        ),
        Panel(
            "Hosts not ready",
            "Hosts with a pipeline that does not run or has no assignment yet, or that are "
            "draining. /-/ready of the host says why.",
            "none",
            {"not ready": f"count({host('tidegate_ready')}) - sum({host('tidegate_ready')})"},
            "stat",
            4,
        ),
        Panel(
            "Pipelines failed or stopped",
            "Summed over hosts. /api/v1/status of the host says why.",
            "none",
            {"pipelines": f"sum({FAILED_OR_STOPPED})"},
            "stat",
            4,
        ),
        Panel(
            "Shortest uptime",
            "Of the host that was started last.",
            "s",
            {"uptime": f"min(time() - {host('process_start_time_seconds')})"},
            "stat",
            4,
        ),
        Panel(
            "Pipelines by state",
            "Pipelines of all hosts, by state.",
            "none",
            {"{{state}}": sum_by("state", of("tidegate_pipeline_state"))},
            stacked=True,
        ),
        Panel(
            "Versions",
            "Which builds run, and how many hosts of each.",
            "none",
            {"hosts": sum_by("version, revision, librdkafka", host("tidegate_build_info"))},
            "table",
            12,
        ),
        Panel(
            "Plugins",
            "Which handler plugin each pipeline has loaded, and on how many hosts.",
            "none",
            {"hosts": sum_by("pipeline, plugin, plugin_version", of("tidegate_plugin_info"))},
            "table",
            12,
        ),
        Panel(
            "Plugin reloads",
            "By result. refused: the old version goes on. rolled_back: a version that was swapped in "
            "failed its probation, and the one before handles again.",
            "none",
            {"{{result}}": sum_by("result", increase(of("tidegate_plugin_reloads_total")))},
            width=8,
        ),
        Panel(
            "Plugins on probation",
            "Pipelines whose plugin was swapped in lately and may still be taken back.",
            "none",
            {"{{pipeline}}": sum_by("pipeline", of("tidegate_plugin_on_probation"))},
            width=8,
        ),
        Panel(
            "Configuration reloads",
            "Times that hosts read their configuration again, by result. rejected: nothing has changed. "
            "rolled_back: some pipeline could not be made or started as it says.",
            "none",
            {"{{result}}": sum_by("result", increase(host("tidegate_config_reloads_total")))},
            width=8,
        ),
    ],
)

KAFKA = Row(
    "Kafka",
    [
        Panel(
            "Assigned partitions",
            "Over all hosts; should be the partitions of the topic.",
            "none",
            {
                "{{pipeline}} {{topic}}": sum_by(
                    "pipeline, topic", of("tidegate_assigned_partitions")
                )
            },
            width=6,
        ),
        Panel(
            "Rebalances",
            "Rebalance callbacks by type. lost: the group gave the partitions away without asking.",
            "none",
            {"{{type}}": sum_by("type", increase(of("tidegate_rebalances_total")))},
            width=6,
        ),
        Panel(
            "Commits",
            "Offset commits by result.",
            "ops",
            {"{{result}}": sum_by("result", rate(of("tidegate_commits_total")))},
            width=6,
        ),
        Panel(
            "Commit duration",
            "From request to the broker's answer.",
            "s",
            quantiles("tidegate_commit_duration_seconds"),
            width=6,
        ),
        Panel(
            "Transactions",
            "Of delivery = exactly_once, by how they ended. aborted: a partition in it was lost, or a "
            "message refused. indefinite: nobody knew, so the brokers' positions decided. What either "
            "held is written again.",
            "ops",
            {"{{result}}": sum_by("result", rate(of("tidegate_transactions_total")))},
            width=6,
        ),
        Panel(
            "Time since the last commit",
            "Grows while nothing is consumed, too; a problem only beside lag.",
            "s",
            {"{{pipeline}}": seconds_since(of("tidegate_last_commit_timestamp_seconds"))},
        ),
        Panel(
            "Brokers connected",
            "The fewest of any host.",
            "none",
            {"{{pipeline}}": f"min by (pipeline) ({of('tidegate_kafka_brokers_connected')})"},
        ),
        Panel(
            "Kafka client errors",
            "Errors that librdkafka reported, by name.",
            "cps",
            {"{{error}}": sum_by("error", rate(of("tidegate_kafka_errors_total")))},
        ),
    ],
)

PROCESS = Row(
    "Process",
    [
        Panel(
            "CPU",
            "User and system time; 100% is one core.",
            "percentunit",
            {"{{instance}}": rate(host("process_cpu_seconds_total"))},
            width=6,
        ),
        Panel(
            "Resident memory",
            "Of the whole process, librdkafka's queues included.",
            "bytes",
            {"{{instance}}": host("process_resident_memory_bytes")},
            width=6,
        ),
        Panel(
            "File descriptors in use",
            "As a share of the limit.",
            "percentunit",
            {"{{instance}}": f"{host('process_open_fds')} / {host('process_max_fds')}"},
            width=6,
        ),
        Panel(
            "Threads",
            "Of the operating system.",
            "none",
            {"{{instance}}": host("process_threads")},
            width=6,
        ),
        Panel(
            "Errors and warnings in the log",
            "Log lines by level.",
            "cps",
            {
                "{{level}}": sum_by(
                    "level", rate(host("tidegate_log_messages_total", 'level=~"error|warn"'))
                )
            },
            width=12,
        ),
        Panel(
            "Restarts",
            "In the time shown.",
            "none",
            {"{{instance}}": f"changes({host('process_start_time_seconds')}[$__range])"},
            "stat",
            12,
        ),
    ],
)
