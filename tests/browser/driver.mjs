// A browser: Chromium behind its driver, spoken to as W3C WebDriver says.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
export const TAB = "\uE004", ENTER = "\uE007", SPACE = " ", CONTROL = "\uE009";

/** Waits until `look` finds something, and says what it was. */
export async function until(what, look, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`in ${seconds} seconds there was not: ${what}`);
    await sleep(50);
  }
}

/** The driver, a process that starts browsers. */
export class Driver {
  static async start(program = "chromedriver") {
    const driver = new Driver();
    driver.process = spawn(program, ["--port=0"], { stdio: ["ignore", "pipe", "inherit"] });
    driver.process.on("error", (error) => { driver.failure = error; });
    let said = "";
    driver.process.stdout.on("data", (text) => { said += text; });
    const port = await until("a port of chromedriver", () => {
      if (driver.failure || driver.process.exitCode !== null) {
        throw new Error(`chromedriver does not start: ${driver.failure ?? said}`);
      }
      return said.match(/started successfully on port (\d+)/)?.[1];
    });
    driver.url = `http://127.0.0.1:${port}`;
    return driver;
  }

  /** Starts a browser that knows nothing. */
  async browser(base, { javascript = true } = {}) {
    const folder = await mkdtemp(join(tmpdir(), "portcullis-browser-"));
    const args = [
      "--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
      `--user-data-dir=${join(folder, "profile")}`, "--window-size=1440,900",
    ];
    // Chromium's sandbox is not for root.
    if (process.getuid?.() === 0) args.push("--no-sandbox");
    const prefs = { "download.default_directory": folder, "profile.password_manager_leak_detection": false };
    if (!javascript) prefs["profile.managed_default_content_settings.javascript"] = 2;
    const wanted = {
      browserName: "chrome",
      "goog:chromeOptions": { args, prefs },
      "goog:loggingPrefs": { browser: "ALL" },
      timeouts: { script: 60_000, pageLoad: 60_000, implicit: 0 },
    };
    const answer = await call(this.url, "POST", "/session", { capabilities: { alwaysMatch: wanted } });
    const browser = new Browser();
    Object.assign(browser, { url: `${this.url}/session/${answer.sessionId}`, base, folder, javascript });
    browser.version = answer.capabilities.browserVersion;
    await browser.narrow(1440, 900);
    await browser.devtools("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
    return browser;
  }

  stop() {
    this.process.kill();
  }
}

/** A browser with one window. */
export class Browser {
  ask(method, path, body) {
    return call(this.url, method, path, body);
  }

  devtools(cmd, params) {
    return this.ask("POST", "/goog/cdp/execute", { cmd, params });
  }

  /** Makes the page so wide and high, in CSS pixels. */
  narrow(width, height) {
    const size = { width, height, deviceScaleFactor: 1, mobile: false };
    return this.devtools("Emulation.setDeviceMetricsOverride", size);
  }

  /** Light or dark. */
  prefers(scheme) {
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    return this.devtools("Emulation.setEmulatedMedia", { features });
  }

  go(path) {
    return this.ask("POST", "/url", { url: new URL(path, this.base).href });
  }

  async address() {
    return new URL(await this.ask("GET", "/url"));
  }

  source() {
    return this.ask("GET", "/source");
  }

  /** All elements of a CSS selector, or of an XPath that begins with `//`. */
  async all(selector) {
    const using = selector.startsWith("//") ? "xpath" : "css selector";
    return (await this.ask("POST", "/elements", { using, value: selector })).map((found) => found[ELEMENT]);
  }

  /** The one element: as soon as it is there. */
  one(selector) {
    return until(`${selector} on ${this.base}`, async () => (await this.all(selector))[0]);
  }

  async has(selector) {
    return (await this.all(selector)).length > 0;
  }

  async click(selector) {
    await this.ask("POST", `/element/${await this.one(selector)}/click`, {});
  }

  /** Clicks, and waits for the page behind it. */
  async follow(selector) {
    const before = await this.one("html");
    await this.click(selector);
    await until(`a page behind ${selector}`, async () => (await this.all("html"))[0] !== before);
    await this.one("main");
  }

  async fill(selector, text) {
    const element = await this.one(selector);
    await this.ask("POST", `/element/${element}/clear`, {});
    if (text) await this.ask("POST", `/element/${element}/value`, { text });
  }

  async text(selector) {
    return this.ask("GET", `/element/${await this.one(selector)}/text`);
  }

  async texts(selector) {
    const found = await this.all(selector);
    return Promise.all(found.map((element) => this.ask("GET", `/element/${element}/text`)));
  }

  async property(selector, name) {
    return this.ask("GET", `/element/${await this.one(selector)}/property/${name}`);
  }

  async isShown(selector) {
    return this.ask("GET", `/element/${await this.one(selector)}/displayed`);
  }

  /** The element that has the focus. */
  async focused() {
    return (await this.ask("GET", "/element/active"))[ELEMENT];
  }

  /** Presses keys, one after another; those of an inner list are held together. */
  press(...keys) {
    const actions = keys.flatMap((key) => {
      const held = [key].flat();
      const down = held.map((value) => ({ type: "keyDown", value }));
      return [...down, ...held.toReversed().map((value) => ({ type: "keyUp", value }))];
    });
    return this.ask("POST", "/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  }

  /** Runs a script of the test's own, which is no part of the page. */
  execute(script, ...args) {
    return this.ask("POST", "/execute/sync", { script, args });
  }

  executeAsync(script, ...args) {
    return this.ask("POST", "/execute/async", { script, args });
  }

  cookies() {
    return this.ask("GET", "/cookie");
  }

  async picture() {
    return Buffer.from(await this.ask("GET", "/screenshot"), "base64");
  }

  /** What the browser has complained of since the last time. */
  complaints() {
    return this.ask("POST", "/se/log", { type: "browser" });
  }

  async stop() {
    await this.ask("DELETE", "").catch(() => {});
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function call(url, method, path, body) {
  const answer = await fetch(url + path, { method, body: body && JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message.split("\n")[0]}`);
  return value;
}
