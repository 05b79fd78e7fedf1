import { describe, expect, it } from "vitest";
import { UserAgents } from "../../src/http/server/user-agent.ts";
import { measure, RawClient, serve } from "./harness.ts";

const type = (userAgent: string | undefined): string | undefined =>
  new UserAgents().syntheticType(userAgent);

describe("the type of a user agent", () => {
  it.each([
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "xGoogleBotx",
    "GoogleSecurityScanner",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "facebookexternalhit/1.1",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.2; +https://openai.com/gptbot",
    "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
    "Prometheus/2.42.0",
  ])("%s is bot", (userAgent) => {
    expect(type(userAgent)).toBe("bot");
  });

  it.each([
    "B3M/prober",
    "kube-probe/1.29",
    "GoogleHC/1.0",
    "ELB-HealthChecker/2.0",
    "Amazon-Route53-Health-Check-Service (ref 1; report http://amzn.to/1vsZADi)",
    "Envoy/HC",
    "Consul Health Check",
    "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
    "Blackbox Exporter/0.24.0",
    "GoogleStackdriverMonitoring-UptimeChecks(https://cloud.google.com/monitoring)",
  ])("%s is test", (userAgent) => {
    expect(type(userAgent)).toBe("test");
  });

  it.each([
    undefined,
    "",
    "curl/8.5.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 30 Build/TP1A) AppleWebKit/537.36 Chrome/116.0.0.0 Mobile Safari/537.36",
    "B3M/prober 2",
    "my kube-probe/1.29",
  ])("%s is a person's", (userAgent) => {
    expect(type(userAgent)).toBeUndefined();
  });

  it("is the same when it is asked again, and among more agents than are remembered", () => {
    const agents = new UserAgents();
    for (let i = 0; i < 2_000; i++) agents.syntheticType(`agent ${i}`);
    for (let round = 0; round < 2; round++) {
      expect(agents.syntheticType("GoogleHC/1.0")).toBe("test");
      expect(agents.syntheticType("curl/8.5.0")).toBeUndefined();
    }
  });
});

it("is a label of the request, and absent for people", async () => {
  const { counted } = measure();
  const { port } = await serve((_request, response) => response.end("fine"));
  for (const userAgent of ["kube-probe/1.29", "Googlebot/2.1", "curl/8.5.0"]) {
    const client = new RawClient(port);
    client.send("GET / HTTP/1.1", "Host: t", `User-Agent: ${userAgent}`, "", "");
    await client.receives("fine");
  }
  const points = await counted(3);
  expect(points.map((point) => point["user_agent.synthetic.type"])).toEqual([
    "test",
    "bot",
    undefined,
  ]);
});
