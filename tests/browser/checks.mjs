// What holds for every page.
import { createRequire } from "node:module";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { until } from "./driver.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export function expect(what, is) {
  if (!is) throw new Error(`not so: ${what}`);
}

export function same(what, found, wanted) {
  const [one, other] = [found, wanted].map((value) => JSON.stringify(value));
  if (one !== other) throw new Error(`${what}: ${one}, and not ${other}`);
}

/** axe-core finds nothing wrong with the page, be it light or dark. */
export async function isAccessible(browser) {
  for (const scheme of ["light", "dark"]) {
    await browser.prefers(scheme);
    await browser.execute(`if (!window.axe) { ${axe} }`);
    const found = await browser.executeAsync(
      `const done = arguments[0];
       const plain = ({ violations, passes }) => ({
         passes: passes.length,
         violations: violations.map(({ id, help, nodes }) =>
           [id, help, ...nodes.slice(0, 3).map((node) => node.html + " " + node.failureSummary)].join("\\n      ")),
       });
       axe.run(document).then((all) => done(plain(all)), (error) => done({ passes: 0, violations: [String(error)] }));`,
    );
    const place = `${(await browser.address()).pathname} (${scheme})`;
    if (found.violations.length > 0) throw new Error(`${place}:\n    ${found.violations.join("\n    ")}`);
    expect(`axe-core has looked at ${place}`, found.passes > 5);
  }
  await browser.prefers("light");
}

/** Nothing is beside the window, whether it is as narrow as a telephone's or wide. */
export async function fitsEveryWidth(browser, look = async () => {}) {
  for (const [width, height] of [[375, 812], [1440, 900]]) {
    await browser.narrow(width, height);
    const [whole, seen] = await browser.execute(
      "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]",
    );
    const place = (await browser.address()).pathname;
    same(`the width of what is seen of ${place}`, seen, width);
    expect(`${place} is ${whole} wide in a window of ${width}`, whole <= width);
    await look(width);
  }
}

/** The browser has nothing to complain of but the answers that are refusals on purpose. */
export async function isQuiet(browser) {
  const complaints = await browser.complaints();
  const refused = /Failed to load resource: the server responded with a status of (401|403|404|422)/;
  const others = complaints.filter(({ message }) => !refused.test(message)).map(({ message }) => message);
  same("what the browser complains of", others, []);
}

/** The paths of the pages that links lead to, and an address of each. */
export async function pages(browser, from) {
  const known = new Map(), waiting = [from];
  while (waiting.length > 0) {
    const next = waiting.shift();
    const { pathname } = new URL(next);
    if (known.has(pathname)) continue;
    known.set(pathname, next);
    await browser.go(next);
    expect(`a link leads to a page: ${next}`, await browser.has("main h1"));
    const links = await browser.execute("return [...document.querySelectorAll('a[href]')].map((link) => link.href)");
    const inside = links.map((link) => link.split("#")[0]).filter((link) => link.startsWith(from));
    waiting.push(...inside.filter((link) => !known.has(new URL(link).pathname)));
  }
  return known;
}

/** The file that was downloaded, as soon as it is whole. */
export async function downloaded(browser, name) {
  const files = await until(`a file ${name}`, async () => (await readdir(browser.folder)).includes(name));
  expect("a file was downloaded", files);
  return readFile(join(browser.folder, name), "utf8");
}
