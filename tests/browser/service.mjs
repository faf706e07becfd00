// The quickstart, as a process with a folder of its own.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "./driver.mjs";

export class Service {
  static async start(program) {
    const service = new Service();
    service.folder = await mkdtemp(join(tmpdir(), "portcullis-quickstart-"));
    const env = { ...process.env, QUICKSTART_DATA: join(service.folder, "data"), RUST_LOG: "info" };
    service.process = spawn(program, ["0"], { env, stdio: ["ignore", "pipe", "pipe"] });
    service.printed = service.log = "";
    service.process.stdout.on("data", (text) => { service.printed += text; });
    service.process.stderr.on("data", (text) => { service.log += text; });
    service.base = await until("a quickstart that listens", () => {
      if (service.process.exitCode !== null) throw new Error(`the quickstart does not start: ${service.log}`);
      return service.printed.match(/^listening on (\S+)$/m)?.[1];
    }, 60);
    // The console shows the entry points that are saved.
    await promisify(execFile)(program, ["entry-points", "sync"], { env });
    return service;
  }

  /** The last word of a line that was printed. */
  said(beginning) {
    const line = this.printed.split("\n").find((line) => line.trimStart().startsWith(beginning));
    if (!line) throw new Error(`the quickstart does not say ${beginning}`);
    return line.trim().split(/\s+/).at(-1);
  }

  get console() {
    return this.said("the console is at");
  }

  get administrator() {
    return { name: "admin", password: this.said("admin may log in there once") };
  }

  /** Who may look, and not change. */
  get auditor() {
    return { name: "demo", password: this.said("user and password") };
  }

  /** The status of a request with an API key. */
  async call(key) {
    const headers = { authorization: `Bearer ${key}` };
    return (await fetch(`${this.base}/whoami`, { headers })).status;
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    if (this.process.exitCode === null && this.process.kill()) await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
