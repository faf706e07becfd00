// The console in a browser: `node main.mjs PROGRAM [PICTURES]`, where PROGRAM is the quickstart. With
// a folder for them, pictures of the main pages are taken too.
import { Driver } from "./driver.mjs";
import { Service } from "./service.mjs";
import { isQuiet } from "./checks.mjs";
import * as stories from "./stories.mjs";

const [program, pictures] = process.argv.slice(2);
// A part of the title of a story, to run it alone.
const wanted = process.env.STORY;
if (!program) {
  console.error("which program is the quickstart?");
  process.exit(2);
}

const driver = await Driver.start();
let passed = 0, failed = 0;
try {
  for (const { title, javascript = true, tell } of stories.all(pictures)) {
    if (wanted && !title.includes(wanted)) continue;
    const began = Date.now();
    let service, browser;
    try {
      service = await Service.start(program);
      browser = await driver.browser(service.base, { javascript });
      if (passed + failed === 0) console.log(`Chromium ${browser.version}, Node ${process.versions.node}`);
      await tell(browser, service);
      await isQuiet(browser);
      passed += 1;
      console.log(`PASS  ${title} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed += 1;
      const place = await browser?.address().catch(() => "no page");
      const seen = await browser?.text("main").catch(() => "");
      console.log(`FAIL  ${title}\n    ${error.stack ?? error}\n    at ${place}\n    ${seen?.slice(0, 400)}`);
    } finally {
      await browser?.stop();
      await service?.stop();
    }
  }
} finally {
  driver.stop();
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
