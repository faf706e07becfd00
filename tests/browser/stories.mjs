// What is told of the console: each story has a service and a browser of its own.
import { createHmac } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ENTER, SPACE, TAB, until } from "./driver.mjs";
import { expect, fitsEveryWidth, isAccessible, pages, same } from "./checks.mjs";
import { addSites, button, copySecret, disable, issue, keysForSites, link, logIn } from "./steps.mjs";

const SITES = ["shop-berlin", "shop-lisbon", "shop-oslo"];

export const all = (pictures) => [
  { title: "keys are issued, copied, used and disabled, and the refusal is seen", tell: keys },
  { title: "the same without scripts", javascript: false, tell: keys },
  { title: "the keyboard alone leads from the log-in to a key and back", tell: keyboard },
  { title: "whoever may not change is offered nothing, and refused", tell: looking },
  { title: "a dry run says why a request is refused, and tells no secret", tell: dryRun },
  { title: "the log-in says what is wrong, and ends", tell: loggingIn },
  { title: "every page fits a telephone and a desk, and axe-core finds nothing wrong", tell: everyPage },
  ...(pictures ? [{ title: "pictures are taken", tell: (...with_) => taken(pictures, ...with_) }] : []),
];

async function keys(browser, service) {
  await logIn(browser, service, service.administrator);
  await addSites(browser, SITES);
  for (const [site, , secret] of await keysForSites(browser, SITES)) {
    same(`what the key of ${site} is good for`, await service.call(secret), 200);
  }
  const once = await browser.address();
  await browser.go(once.href);
  expect("the result is there once", !(await browser.has(button("Download the secrets"))));

  await issue(browser, "for the test");
  const secret = await copySecret(browser);
  same("an answer to the key", await service.call(secret), 200);
  const id = await disable(browser);
  same("an answer to the key that is off", await service.call(secret), 401);
  const rows = await refusals(browser, id);
  same("how many refusals are seen", rows.length, 1);
  expect(`the refusal says why: ${rows}`, /disabled|switched off/i.test(rows[0]) && rows[0].includes("/whoami"));
  await browser.follow(button("Log out"));
  await browser.go(service.console);
  expect("nobody is logged in", await browser.has("#password"));
  expect("no secret is in the log", !service.log.includes(secret));
}

/** What the activity page says was refused of a key. */
async function refusals(browser, id) {
  await browser.follow(link("Activity"));
  await browser.fill("form[role=search] [name=key]", id);
  await browser.follow(button("Show"));
  return browser.texts("tr.stands-out");
}

/** Presses Tab until an element has the focus, which can be seen. */
async function tabTo(browser, selector) {
  const wanted = await browser.one(selector);
  for (let times = 0; times < 150; times += 1) {
    await browser.press(TAB);
    if ((await browser.focused()) !== wanted) continue;
    const width = await browser.execute("return getComputedStyle(document.activeElement).outlineWidth");
    return expect(`the focus of ${selector} is seen`, parseFloat(width) >= 2);
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

/** Presses a key, and waits for the page behind it. */
async function pressing(browser, key) {
  const before = await browser.one("html");
  await browser.press(key);
  await until("a page", async () => (await browser.all("html"))[0] !== before);
  await browser.one("main");
}

async function keyboard(browser, service) {
  const { name, password } = service.administrator;
  await browser.go(service.console);
  await tabTo(browser, "#name");
  await browser.press(...name, TAB, ...password);
  await pressing(browser, ENTER);
  await tabTo(browser, ".skip");
  await browser.press(ENTER);
  await tabTo(browser, link("Issue a key"));
  await pressing(browser, ENTER);
  await tabTo(browser, "#label");
  await browser.press(..."by keyboard");
  await tabTo(browser, "#scheme");
  await browser.press(..."x-auth");
  await tabTo(browser, "#user");
  await browser.press(..."demo", TAB);
  await tabTo(browser, "input[name=entry_point][value=hello]");
  await browser.press(SPACE);
  await tabTo(browser, button("Issue"));
  await pressing(browser, ENTER);
  expect("a secret is shown", (await browser.property("#secret", "value")).length > 20);
  await tabTo(browser, "button[data-copy=secret]");
  await browser.press(SPACE);
  await until("a copy", async () => (await browser.text("button[data-copy=secret]")) === "Copied");
  await tabTo(browser, link("Go to the key"));
  await pressing(browser, ENTER);
  const main = await browser.text("main");
  expect(`the key is as it was asked for: ${main}`, main.includes("x-auth") && main.includes("hello"));
  await tabTo(browser, button("Disable"));
  await pressing(browser, SPACE);
  await tabTo(browser, button("Enable"));
  await pressing(browser, ENTER);
  expect("the key is on again", (await browser.text("main")).includes("It is switched on."));
  await tabTo(browser, link("Keys"));
  await pressing(browser, ENTER);
  expect("the key is in the list", (await browser.text("table")).includes("by keyboard"));
  await tabTo(browser, button("Log out"));
  await pressing(browser, ENTER);
  expect("nobody is logged in", await browser.has("#password"));
}

async function looking(browser, service) {
  await logIn(browser, service, service.auditor);
  const all = await pages(browser, service.console);
  expect(`there are many pages: ${[...all.keys()]}`, all.size >= 10);
  for (const [path, address] of all) {
    await browser.go(address);
    const forms = await browser.execute(
      `return [...document.querySelectorAll("form")].filter((form) => form.method === "post").map((form) => new URL(form.action).pathname)`,
    );
    const changing = forms.filter((action) => !/\/(log-out|dry-run[a-z/-]*)$/.test(action));
    same(`forms that change something on ${path}`, changing, []);
  }
  // With its own token, from its own page: it is the privilege that is missing.
  await browser.go(service.console);
  const [cookie] = await browser.cookies();
  const token = await browser.property("form [name=token]", "value");
  const body = new URLSearchParams({ token, scheme: "api-key", user: "demo" });
  const ask = (path, origin) => {
    const headers = { cookie: `${cookie.name}=${cookie.value}`, origin };
    return fetch(service.console + path, { method: "POST", body, headers, redirect: "manual" });
  };
  for (const path of ["keys/new", "keys/disable", "keys/revoke", "keys/clear"]) {
    same(`an answer to ${path}`, (await ask(path, service.base)).status, 403);
  }
  same("an answer to another origin", (await ask("log-out", "https://elsewhere.example")).status, 403);
  same("an answer to log-out", (await ask("log-out", service.base)).status, 303);
}

async function dryRun(browser, service) {
  await logIn(browser, service, service.administrator);
  const { line, signed, right, secret } = await mistaken(browser, service);
  await explain(browser, line("wrong"), signed);
  const said = await browser.text("main");
  expect(`it says why: ${said}`, said.includes("Refused with 401") && said.includes("x-auth"));
  expect(`it says where: ${said}`, said.includes("One line differs"));
  const source = await browser.source();
  expect("neither the signature nor the secret is told", !source.includes(right) && !source.includes(secret));
  await isAccessible(browser);
  await fitsEveryWidth(browser);
  await explain(browser, line(right));
  expect("the right one is accepted", (await browser.text("main")).includes("Accepted"));
  const headers = Object.fromEntries([...line(right).matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, ...pair]) => pair));
  same("an answer to it after that", (await fetch(`${service.base}/whoami`, { headers })).status, 200);
  await browser.follow(link("Activity"));
  same("how many refusals are recorded", (await browser.texts("tr.stands-out")).length, 0);
}

/** A request whose client takes another moment for the one that it sends. */
async function mistaken(browser, service) {
  await issue(browser, "nightly import", "x-auth");
  const [id, secret] = [await browser.property("#key-id", "value"), await browser.property("#secret", "value")];
  const now = Math.floor(Date.now() / 1000);
  const [end, start] = [now + 120, now - 5];
  const right = createHmac("sha256", secret).update(`${id}${end}${start}`).digest("base64");
  const wrong = createHmac("sha256", secret).update(`${id}${end}${now}`).digest("base64");
  const line = (which) =>
    `curl '${service.base}/whoami' -H 'x-auth-iss: ${id}' -H 'x-auth-exp: ${end}' -H 'x-auth-nbf: ${start}'` +
    ` -H 'x-auth-signature: ${which === "wrong" ? wrong : which}'`;
  return { line, right, secret, signed: `${id}${end}${now}` };
}

/** Has the dry run look at a request, and at what its client says that it signed. */
async function explain(browser, request, signed = "") {
  await browser.follow(link("Dry run"));
  await browser.fill("#request", request);
  await browser.fill("#client", signed);
  await browser.follow(button("Explain"));
}

async function loggingIn(browser, service) {
  const { name, password } = service.administrator;
  await browser.go(`${service.console}keys/new`);
  await isAccessible(browser);
  await fitsEveryWidth(browser);
  await browser.fill("#name", name);
  await browser.fill("#password", "wrong");
  await browser.follow(button("Log in"));
  expect("it is said to be wrong", (await browser.text("[role=alert]")).includes("wrong"));
  await isAccessible(browser);
  await browser.go(`${service.console}keys/new`);
  await browser.fill("#name", name);
  await browser.fill("#password", password);
  await browser.follow(button("Log in"));
  same("the page that was asked for", (await browser.address()).pathname, "/admin/keys/keys/new");
  same("what scripts see of the cookie", await browser.execute("return document.cookie"), "");
  await browser.follow(button("Log out"));
  await browser.fill("#name", name);
  await browser.fill("#password", password);
  await browser.follow(button("Log in"));
  expect("the password was good once", await browser.has("[role=alert]"));
}

async function everyPage(browser, service) {
  await logIn(browser, service, service.administrator);
  const look = async () => {
    await fitsEveryWidth(browser);
    await isAccessible(browser);
  };
  await addSites(browser, SITES);
  await keysForSites(browser, SITES);
  await look();
  await issue(browser, `a label ${"that is long and has no end ".repeat(5)}`);
  await look();
  const secret = await copySecret(browser);
  await service.call(secret);
  await disable(browser);
  await service.call(secret);
  await look();
  await browser.go(`${service.console}keys/new`);
  await browser.fill("#networks", "nowhere");
  await browser.follow(button("Issue"));
  await browser.one("[role=alert]");
  await look();
  await browser.go(`${service.console}key?id=${"unknown".repeat(30)}`);
  await look();
  const every = await pages(browser, service.console);
  expect(`there are many pages: ${[...every.keys()]}`, every.size >= 12);
  for (const address of every.values()) {
    await browser.go(address);
    await look();
  }
}

/** Pictures of the main pages. */
async function taken(folder, browser, service) {
  await mkdir(folder, { recursive: true });
  const take = async (name) => writeFile(join(folder, `${name}.png`), await browser.picture());
  await logIn(browser, service, service.administrator);
  await addSites(browser, SITES);
  const made = await keysForSites(browser, SITES);
  for (const [, , secret] of made.slice(1)) await service.call(secret);
  await browser.go(`${service.console}keys/new`);
  await browser.fill("#label", "orders, nightly");
  await browser.fill("#user", "demo");
  await browser.fill("#scopes", "orders:read orders:write");
  await browser.click("h1");
  await take("issue");
  await issue(browser, "orders, nightly");
  const secret = await copySecret(browser);
  await service.call(secret);
  await disable(browser);
  await service.call(secret);
  // The last uses are written now and then.
  await until("a last use", async () => {
    await browser.go(service.console);
    return (await browser.texts("td[data-label='Last used']")).filter((text) => text !== "never").length >= 3;
  });
  await take("keys");
  await browser.narrow(375, 1200);
  await take("keys-narrow");
  await browser.narrow(1440, 900);
  await browser.follow(link("Activity"));
  await take("activity");
  const { line, signed } = await mistaken(browser, service);
  await explain(browser, line("wrong"), signed);
  await take("dry-run");
}
