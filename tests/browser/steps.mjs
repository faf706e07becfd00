// What people do in the console.
import { CONTROL, until } from "./driver.mjs";
import { downloaded, expect, same } from "./checks.mjs";

export const button = (words) => `//button[normalize-space()='${words}']`;
export const link = (words) => `//a[normalize-space()='${words}']`;
const field = (name) => `form[method=post] [name=${name}]`;

export async function logIn(browser, service, { name, password }) {
  await browser.go(service.console);
  await browser.fill("#name", name);
  await browser.fill("#password", password);
  await browser.follow(button("Log in"));
  expect("the console says who is there", (await browser.text(".me")).includes(name));
  const cookies = await browser.cookies();
  same("how many cookies there are", cookies.length, 1);
  const [{ httpOnly, sameSite, path }] = cookies;
  same("what the cookie is like", { httpOnly, sameSite, path }, { httpOnly: true, sameSite: "Strict", path: "/admin/keys" });
}

/** Adds sites to the account of the quickstart. */
export async function addSites(browser, sites) {
  for (const site of sites) {
    await browser.follow(link("Sites"));
    await browser.fill(field("new"), site);
    await browser.fill(field("account"), "demo");
    await browser.follow(button("Add"));
    await browser.fill("#url", `https://${site}.example/`);
    await browser.follow(button("Save the URL"));
  }
}

/** Issues keys for sites, and gives the lines of the file that is downloaded. */
export async function keysForSites(browser, sites) {
  await browser.follow("nav a[href$='/bulk']");
  for (const site of sites) await browser.click(`input[name=chosen][value='${site}']`);
  await browser.fill(field("label"), "shop of {site}");
  // The principal of the quickstart is never without a user.
  await browser.fill(field("user"), "demo");
  await browser.follow(button("Issue the keys"));
  const words = `${sites.length} of ${sites.length} keys are made`;
  await until(words, async () => (await browser.text("main").catch(() => "")).includes(words));
  await browser.click(button("Download the secrets"));
  const lines = (await downloaded(browser, "keys.csv")).trimEnd().split("\r\n").map((line) => line.split(","));
  same("the head of the file", lines.shift(), ["site", "key_id", "secret"]);
  same("the sites of the file", lines.map(([site]) => site).toSorted(), sites.toSorted());
  return lines;
}

/** Issues a key: the page that shows its secret is there then. */
export async function issue(browser, label, scheme = "api-key") {
  await browser.follow("nav a[href$='/keys/']");
  await browser.follow(link("Issue a key"));
  await browser.fill("#label", label);
  await browser.click(`#scheme option[value=${scheme}]`);
  await browser.fill("#user", "demo");
  await browser.fill("#note", "made by a test");
  await browser.follow(button("Issue"));
  expect("the secret is said to be shown once", (await browser.text("main")).includes("shown now and never again"));
}

/** What is in the clipboard after Copy, as whoever pastes it gets it. */
export async function copySecret(browser) {
  if (browser.javascript) {
    await browser.click("button[data-copy=secret]");
    await until("a button that says so", async () => (await browser.text("button[data-copy=secret]")) === "Copied");
  } else {
    expect("no button copies without a script", !(await browser.isShown("button[data-copy=secret]")));
    await browser.click("#secret");
    await browser.press([CONTROL, "a"], [CONTROL, "c"]);
  }
  const shown = await browser.property("#secret", "value");
  const address = await browser.address();
  await browser.follow(link("Go to the key"));
  await browser.fill("#label", "");
  await browser.click("#label");
  await browser.press([CONTROL, "v"]);
  const pasted = await browser.property("#label", "value");
  same("what was copied", pasted, shown);
  expect("the secret is in no address", !`${address}${await browser.address()}`.includes(pasted));
  await browser.go((await browser.address()).href);
  expect("the secret is in no later page", !(await browser.source()).includes(pasted));
  return pasted;
}

/** Disables the key whose page is open, and says what its id is. */
export async function disable(browser) {
  await browser.follow(button("Disable"));
  const main = await browser.text("main");
  expect("the page says that it is off", main.includes("It is switched off.") && main.includes("Disabled"));
  return (await browser.address()).searchParams.get("id");
}
