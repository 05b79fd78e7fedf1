const VALUES: Readonly<Record<string, string>> = {
  ...{ s: "s", ms: "ms", us: "µs", ns: "ns", min: "m", h: "h", d: "d" },
  ...{ By: "bytes", KiBy: "kbytes", MiBy: "mbytes", GiBy: "gbytes", TiBy: "tbytes" },
  ...{ kBy: "deckbytes", MBy: "decmbytes", GBy: "decgbytes", TBy: "dectbytes" },
  ...{ "By/s": "binBps", "{request}/s": "reqps", "%": "percent", Hz: "hertz", Cel: "celsius" },
  ...{ V: "volt", A: "amp", W: "watt", J: "joule", m: "lengthm", g: "massg" },
};

const RATES: Readonly<Record<string, string>> = {
  ...{
    By: "binBps",
    "{request}": "reqps",
    "{operation}": "ops",
    "{write}": "wps",
    "{read}": "rps",
  },
  // Seconds per second: how busy something is.
  s: "percentunit",
};

/** Grafana's name for a UCUM unit; an unknown unit is shown as a plain number. */
export function unitOf(unit: string): string {
  return Object.hasOwn(VALUES, unit) ? VALUES[unit]! : "short";
}

/** Grafana's name of such a unit per second. */
export function rateUnitOf(unit: string): string {
  return Object.hasOwn(RATES, unit) ? RATES[unit]! : "cps";
}
