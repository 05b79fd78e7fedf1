/** The kind of automated sender of a request, by its user agent. Absent for people. */
export type SyntheticType = "bot" | "test";

/** Health checkers and synthetic tests. The first three are from luci-go's tsmon. */
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

/** Crawlers, previews and scrapers. The first two are from luci-go's tsmon. */
const BOT = new RegExp(
  [
    "GoogleBot",
    "GoogleSecurityScanner",
    "(?:AdsBot|Mediapartners|Storebot|APIs|FeedFetcher)-Google",
    "Google(?:Other|-InspectionTool|-Read-Aloud)",
    // The usual form of a bot's name: `SomethingBot/1.0`.
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

/** The most user agents that are remembered at a time. */
const MAX_KNOWN = 500;
/** Longer texts are cut, because their cost is up to the sender. */
const MAX_LENGTH = 512;

/** Recognizes bots and tests by the `user-agent` header, and caches the result. */
export class UserAgents {
  readonly #known = new Map<string, SyntheticType | undefined>();
  #last = "";
  #lastType: SyntheticType | undefined;

  /** Returns the value of `user_agent.synthetic.type`, or undefined for people and unknown agents. */
  syntheticType(userAgent: string | undefined): SyntheticType | undefined {
    if (userAgent === undefined || userAgent === "") return undefined;
    // The next request often comes from the same client, and comparing two texts is cheaper than hashing one.
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
