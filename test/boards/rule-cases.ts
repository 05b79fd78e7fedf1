/** When an alert is to fire, with what, and when not: in the shape of promtool's unit tests. */
export interface RuleCase {
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test: readonly object[];
}

const series = (name: string, labels: string, values: string) => ({
  series: `${name}{${labels}}`,
  values,
});

/** Everything of one process. */
const A = 'job="shop",instance="a"';
const ON_A = { job: "shop", instance: "a" };

/** What an alert says at this minute; nothing where there is no summary. */
export type At = readonly [minute: number, summary?: string, labels?: object];

/** The case of one alert. */
function when(
  alertname: string,
  severity: "page" | "ticket",
  input_series: RuleCase["input_series"],
  ...times: readonly At[]
): RuleCase {
  return {
    input_series,
    alert_rule_test: times.map(([minute, summary, labels = ON_A]) => ({
      eval_time: `${minute}m`,
      alertname,
      exp_alerts:
        summary === undefined
          ? []
          : [
              {
                exp_labels: { severity, ...labels },
                exp_annotations: {
                  summary,
                  runbook_url: `RUNBOOK#${alertname.toLowerCase()}`,
                },
              },
            ],
    })),
  };
}

const READER = `${A},taskmon_reader="otlp"`;
const ON_READER = { ...ON_A, taskmon_reader: "otlp" };
const exportsOf = (outcome: string, values: string) =>
  series("taskmon_exports_total", `${READER},taskmon_outcome="${outcome}"`, values);

const TARGET = `job="shop",health_probe_name="web",health_probe_target="site"`;
const ON_TARGET = { job: "shop", health_probe_name: "web", health_probe_target: "site" };
const probeStatus = (state: string, values: string) =>
  series("health_probe_status", `${TARGET},health_probe_state="${state}"`, values);
const probeRuns = (outcome: string, values: string) =>
  series("health_probe_runs_total", `${TARGET},health_probe_outcome="${outcome}"`, values);
const expiry = (values: string) =>
  series("health_probe_tls_certificate_not_after_seconds", TARGET, values);

const requests = (errorType: string, values: string, route = "/orders") =>
  series(
    "http_server_request_duration_seconds_count",
    `${A},http_route="${route}"${errorType === "" ? "" : `,error_type="${errorType}"`}`,
    values,
  );
const heartbeats = (outcome: string, values: string) =>
  series("taskmon_task_heartbeats_total", `${A},taskmon_outcome="${outcome}"`, values);
const dropped = (reason: string, values: string) =>
  series("taskmon_measurements_dropped_total", `${A},taskmon_reason="${reason}"`, values);

/** At least one case for each alert, by its name. */
export const ruleCases: Readonly<Record<string, readonly RuleCase[]>> = {
  HttpErrorBudgetBurnsFast: [
    when(
      "HttpErrorBudgetBurnsFast",
      "page",
      // After an hour 2 % fail, which is 20 times what the budget allows; after two nothing does.
      [requests("", "0+100x60 6098+98x69 12960+100x30"), requests("500", "0x60 2+2x69 140x30")],
      [66],
      [125, "2% of the requests to shop failed within 1h", { job: "shop" }],
      [137],
    ),
    // A client that goes away is no failure of the service.
    when(
      "HttpErrorBudgetBurnsFast",
      "page",
      [requests("", "0+98x120"), requests("client_disconnected", "0+2x120")],
      [120],
    ),
  ],
  HttpErrorBudgetBurns: [
    when(
      "HttpErrorBudgetBurns",
      "page",
      // 0.8 %: too slow for the other one. Soon after the failures end it is over.
      [requests("", "0+992x400 397800+1000x39"), requests("500", "0+8x400 3200x39")],
      [390, "0.8% of the requests to shop failed within 6h", { job: "shop" }],
      [415],
    ),
    // Five times what the budget allows is not six times.
    when(
      "HttpErrorBudgetBurns",
      "page",
      [requests("", "0+995x400"), requests("500", "0+5x400")],
      [390],
    ),
    // A client that goes away is no failure of the service.
    when(
      "HttpErrorBudgetBurns",
      "page",
      [requests("", "0+92x400"), requests("client_disconnected", "0+8x400")],
      [390],
    ),
  ],
  HttpErrorBudgetBurnsSlowly: [
    when(
      "HttpErrorBudgetBurnsSlowly",
      "ticket",
      // Three times what the budget allows; six hours after the failures end it is over.
      [requests("", "0+997x60 59820+1000x375"), requests("500", "0+3x60 180x375")],
      [50, "0.3% of the requests to shop failed within 3d", { job: "shop" }],
      [430],
    ),
    // Half of the budget.
    when(
      "HttpErrorBudgetBurnsSlowly",
      "ticket",
      [requests("", "0+1999x60"), requests("500", "0+1x60")],
      [50],
    ),
  ],
  HealthCheckFailing: [
    when(
      "HealthCheckFailing",
      "page",
      [
        series("health_check_consecutive_failures", `${A},health_check_name="db"`, "0 1 2 3 4 0 1"),
        series("health_check_consecutive_failures", `${A},health_check_name="c"`, "0 1 0 1 0 1 0"),
      ],
      [2],
      [3, "db failed 3 times in a row on a", { ...ON_A, health_check_name: "db" }],
      [5],
    ),
  ],
  HealthCheckNeverRan: [
    when(
      "HealthCheckNeverRan",
      "ticket",
      [
        series("health_check_consecutive_failures", `${A},health_check_name="stuck"`, "-1x20"),
        series("health_check_consecutive_failures", `${A},health_check_name="late"`, "-1 -1 0x18"),
      ],
      [14],
      [15, "stuck has not run on a", { ...ON_A, health_check_name: "stuck" }],
    ),
  ],
  HealthCheckFlapping: [
    when(
      "HealthCheckFlapping",
      "ticket",
      [
        series(
          "health_check_transitions_total",
          `${A},health_check_name="db",from="pass",to="fail"`,
          "0+1x10",
        ),
      ],
      [2],
      [10, "db goes up and down on a", { ...ON_A, health_check_name: "db" }],
    ),
  ],
  ProbeTargetDown: [
    when(
      "ProbeTargetDown",
      "page",
      [probeStatus("fail", "0 0 1x10"), probeStatus("pass", "1 1 0x10")],
      [3],
      [4, "site (web) is down", ON_TARGET],
    ),
    when("ProbeTargetDown", "page", [probeStatus("maintenance", "1x20")], [20]),
  ],
  ProbeFailureRatio: [
    when(
      "ProbeFailureRatio",
      "ticket",
      [probeRuns("fail", "0+1x40"), probeRuns("pass", "0+3x40")],
      [5],
      [30, "25% of the probes of site (web) fail", ON_TARGET],
    ),
    when(
      "ProbeFailureRatio",
      "ticket",
      [probeRuns("fail", "0+1x40"), probeStatus("explained", "1x40")],
      [30],
    ),
  ],
  CertificateExpiresSoon: [
    when(
      "CertificateExpiresSoon",
      "ticket",
      // Time begins at 0: 21 days and ten minutes are left.
      [expiry(`${21 * 86_400 + 600}x30`)],
      [10],
      [11, "A certificate of site (web) expires in 20d 23h 59m 0s", ON_TARGET],
    ),
  ],
  CertificateExpires: [
    when(
      "CertificateExpires",
      "page",
      [expiry(`${3 * 86_400 + 600}x30`)],
      [10],
      [11, "A certificate of site (web) expires in 2d 23h 59m 0s", ON_TARGET],
    ),
  ],
  MonitoredServiceDown: [
    when(
      "MonitoredServiceDown",
      "page",
      [
        series(
          "health_monitor_status",
          `${A},health_monitor_name="db",health_monitor_state="down"`,
          "0 1x20",
        ),
        series(
          "health_monitor_status",
          `${A},health_monitor_name="db",health_monitor_state="up"`,
          "1 0x20",
        ),
      ],
      [5],
      [
        6,
        "db is down, seen from a",
        { ...ON_A, health_monitor_name: "db", health_monitor_state: "down" },
      ],
    ),
  ],
  ExporterSilent: [
    when(
      "ExporterSilent",
      "page",
      [series("taskmon_export_last_success_seconds", READER, "0 60 120 120x20")],
      [7],
      [8, "Nothing of otlp on a got through for 6m 0s", ON_READER],
    ),
    when(
      "ExporterSilent",
      "page",
      [
        series("taskmon_export_last_success_seconds", READER, "0x40"),
        series("taskmon_export_interval_seconds", READER, "360x40"),
      ],
      [30],
      [31, "Nothing of otlp on a got through for 31m 0s", ON_READER],
    ),
  ],
  ExporterNeverSucceeded: [
    when(
      "ExporterNeverSucceeded",
      "page",
      [exportsOf("failure", "0+1x20")],
      [5],
      [6, "No export of otlp on a ever got through", { ...ON_READER, taskmon_outcome: "failure" }],
    ),
    when(
      "ExporterNeverSucceeded",
      "page",
      [exportsOf("failure", "0+1x20"), exportsOf("success", "1x20")],
      [20],
    ),
  ],
  ExporterGone: [
    when(
      "ExporterGone",
      "ticket",
      [series("taskmon_export_last_success_seconds", READER, "0 60 120 stale")],
      [2],
      [3, "otlp on a is not heard of any more", ON_READER],
    ),
    // Between exports that come every ten minutes.
    when(
      "ExporterGone",
      "ticket",
      [
        series("taskmon_export_last_success_seconds", READER, "0 _x9 600 stale"),
        series("taskmon_export_interval_seconds", READER, "600 _x9 600 stale"),
      ],
      [9],
      [30],
      [59],
      [61, "otlp on a is not heard of any more", ON_READER],
    ),
  ],
  ExportsFail: [
    when(
      "ExportsFail",
      "ticket",
      [exportsOf("failure", "0+1x40"), exportsOf("success", "0+1x40")],
      [30, "50% of the exports of otlp on a fail", ON_READER],
    ),
    when(
      "ExportsFail",
      "ticket",
      [exportsOf("failure", "0+1x40"), exportsOf("success", "0+9x40")],
      [30],
    ),
  ],
  PointsRejected: [
    when(
      "PointsRejected",
      "ticket",
      [series("taskmon_export_points_total", `${READER},taskmon_outcome="rejected"`, "_x19 5x40")],
      [18],
      [
        22,
        "A receiver rejects data points of otlp on a",
        { ...ON_READER, taskmon_outcome: "rejected" },
      ],
      [50],
    ),
  ],
  TaskWithoutNumber: [
    when(
      "TaskWithoutNumber",
      "ticket",
      [
        series("taskmon_up", A, "1x20"),
        series("taskmon_up", 'job="shop",instance="b"', "1x20"),
        series("taskmon_task_number", A, "0x3 stale"),
        series("taskmon_task_number", 'job="shop",instance="b"', "1x20"),
      ],
      [8],
      [9, "shop on a holds no task number"],
    ),
  ],
  TargetFull: [
    when(
      "TargetFull",
      "page",
      [heartbeats("full", "_x4 1 1 1x20"), heartbeats("renewed", "0+1x30")],
      [3],
      [5, "All task numbers of shop are held, and more processes ask for one", { job: "shop" }],
      [25],
    ),
  ],
  AllocatorFails: [
    when(
      "AllocatorFails",
      "page",
      [heartbeats("error", "0+3x30"), heartbeats("renewed", "0+1x30")],
      [4],
      [20, "75% of the heartbeats of shop on a fail"],
    ),
  ],
  TaskNumberLost: [
    when(
      "TaskNumberLost",
      "ticket",
      [heartbeats("lost", "_x4 1x40"), heartbeats("renewed", "0+1x30")],
      [3],
      [6, "shop on a lost its task number: lost", { ...ON_A, taskmon_outcome: "lost" }],
      [30],
    ),
  ],
  ExportsHeld: [
    when(
      "ExportsHeld",
      "ticket",
      [series("taskmon_exports_held_total", `${A},taskmon_reason="no_number"`, "0+1x20 20x20")],
      [9],
      [15, "Exports of shop on a are held: no_number", { ...ON_A, taskmon_reason: "no_number" }],
      [35],
    ),
  ],
  MeasurementsDropped: [
    when(
      "MeasurementsDropped",
      "ticket",
      [dropped("wrong_labels", "_x4 7x40"), dropped("overflow", "0+1x40")],
      [3],
      [
        6,
        "shop on a drops measurements: wrong_labels",
        { ...ON_A, taskmon_reason: "wrong_labels" },
      ],
      [30],
    ),
  ],
  SeriesCapReached: [
    when(
      "SeriesCapReached",
      "ticket",
      [dropped("overflow", "_x4 7x40"), dropped("wrong_labels", "0+1x40")],
      [3],
      [
        6,
        "A metric of shop on a has all the series that it may have",
        { ...ON_A, taskmon_reason: "overflow" },
      ],
      [30],
    ),
  ],
};
