/** What the user agent of a request says of its sender; absent for people. */
export type SyntheticType = "bot" | "test";

/** Health checkers and synthetic tests; the first three are those of the original (luci-go's tsmon). */
const TEST = new RegExp(
  [
    "^kube-probe/",
    "^taskmon-probe/",
    "^GoogleHC/",
    "^B3M/prober$",
    "GoogleStackdriverMonitoring-UptimeChecks",
    "^ELB-HealthChecker/",
    "Amazon-Route53-Health-Check-Service",
    "CloudWatchSynthetics",
    "^Edge Health Probe",
    "^Load Balancer Agent",
    "^Envoy/HC",
    "^Consul Health Check",
    "Cloudflare-(?:Healthchecks|Traffic-Manager)",
    "^Blackbox Exporter/",
    "cloudprober",
    "UptimeRobot",
    "Pingdom\\.com_bot",
    "StatusCake",
    "Site24x7",
    "Better (?:Uptime|Stack)",
    "Datadog ?/? ?Synthetics",
    "New ?Relic ?Synthetics",
    "Checkly/",
    "updown\\.io",
    "^check_http/",
    "DigitalOcean Uptime",
    "^Zabbix",
    "HetrixTools",
  ].join("|"),
  "i",
);

/** Crawlers, previews and scrapers; the first two are those of the original. */
const BOT = new RegExp(
  [
    "GoogleBot",
    "GoogleSecurityScanner",
    "(?:AdsBot|Mediapartners|Storebot|APIs|FeedFetcher)-Google",
    "Google(?:Other|-InspectionTool|-Read-Aloud)",
    // Names itself as a program in the usual form, `SomethingBot/1.0`.
    "[a-z](?:bot|crawler|spider)\\b[/;)+]",
    "bingpreview",
    "Slack(?:bot|-ImgProxy)",
    "\\bSlurp\\b",
    "yandex\\.com/bots",
    "Sogou web spider",
    "facebook(?:externalhit|catalog)",
    "meta-externalagent",
    "WhatsApp/",
    "SkypeUriPreview",
    "Bytespider",
    "ChatGPT-User",
    "Claude-(?:Web|User)",
    "anthropic-ai",
    "Perplexity-User",
    "ia_archiver",
    "archive\\.org_bot",
    "Screaming Frog",
    "HeadlessChrome",
    "^Prometheus/",
  ].join("|"),
  "i",
);

/** More distinct user agents than this are not remembered at a time. */
const MAX_KNOWN = 500;
/** Longer texts are cut: they are no program's name, and cost what their sender likes. */
const MAX_LENGTH = 512;

/** Tells bots and tests from people by the `user-agent` header, and remembers what it told. */
export class UserAgents {
  readonly #known = new Map<string, SyntheticType | undefined>();
  #last = "";
  #lastType: SyntheticType | undefined;

  /** The value of `user_agent.synthetic.type`; undefined for people, and where nothing is known. */
  syntheticType(userAgent: string | undefined): SyntheticType | undefined {
    if (userAgent === undefined || userAgent === "") return undefined;
    // The next request often comes from the same client, and to compare two texts is cheaper than to hash one.
    if (userAgent === this.#last) return this.#lastType;
    const type = this.#typeOf(userAgent);
    if (userAgent.length <= MAX_LENGTH) {
      this.#last = userAgent;
      this.#lastType = type;
    }
    return type;
  }

  #typeOf(userAgent: string): SyntheticType | undefined {
    const known = this.#known.get(userAgent);
    if (known !== undefined || this.#known.has(userAgent)) return known;
    const type = syntheticType(userAgent);
    if (userAgent.length > MAX_LENGTH) return type;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(userAgent, type);
    return type;
  }
}

function syntheticType(userAgent: string): SyntheticType | undefined {
  const text = userAgent.slice(0, MAX_LENGTH);
  if (TEST.test(text)) return "test";
  return BOT.test(text) ? "bot" : undefined;
}
