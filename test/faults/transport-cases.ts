/** The rows that stand for the way to a service, and for this machine: the same for every service that is reached over HTTP. */
import { rm, truncate } from "node:fs/promises";
import { createServer as createSecureServer } from "node:https";
import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import type { Destination } from "../../src/destinations/destination.ts";
import { transportFailure } from "../../src/destinations/transport-failures.ts";
import type { TransportFailureName } from "../../src/destinations/transport-failures.ts";
import { makeCertificate } from "../support/certificate.ts";
import { type Case, type Expected, MINUTE, OUTAGE, refusedAfter, UNREACHABLE } from "./matrix.ts";
import type { Outside } from "./rig.ts";

/** The way to one service, as a test can spoil it. */
export interface Way {
  /** For people: "Flickr". */
  readonly service: string;
  /** From the next run on photolog looks for the service here. */
  lead(address: string): void;
  /** From now on every request is answered so, in nobody's words. */
  answer(status: number): void;
  /** From now on the connection breaks before a question is answered, or after the photo was taken. */
  break(when: "at a question" | "after the photo was taken"): void;
  /** From the next run on this happens to each original just before it is sent. */
  befall(what: (path: string) => Promise<void>): void;
}

const EXPECTED: Readonly<Record<TransportFailureName, Expected>> = {
  unreachable: { class: "retry", code: "SERVICE_UNREACHABLE", says: /cannot be reached/, thereafter: UNREACHABLE },
  "connection broke": {
    class: "retry",
    code: "SERVICE_UNREACHABLE",
    says: /connection to .* broke/,
    thereafter: UNREACHABLE,
  },
  "certificate refused": {
    class: "config",
    code: "SERVICE_MISCONFIGURED",
    says: /cannot prove who it is/,
    hint: /clock.*`photolog doctor`/,
  },
  "original unreadable": {
    class: "item",
    code: "ORIGINAL_MISSING",
    says: /cannot be read \(ENOENT\)/,
    hint: /upload the photo again/,
  },
  "original changed": {
    class: "retry",
    code: "ORIGINAL_CHANGED",
    says: /original/i,
    hint: /upload the photo again/,
    thereafter: { ...refusedAfter(1), code: "ORIGINAL_CHANGED" },
  },
  "this machine in trouble": {
    class: "pause",
    forMs: MINUTE,
    code: "LOCAL_FAULT",
    says: /This machine cannot send/,
    hint: /`photolog doctor`/,
    thereafter: { after: 1, state: "paused", forMs: 2 * MINUTE, code: "LOCAL_FAULT" },
  },
  "proxy wants a password": {
    class: "config",
    code: "SERVICE_MISCONFIGURED",
    says: /proxy.*password/,
    hint: /`photolog doctor`/,
  },
  "request too slow": { class: "retry", code: "SERVICE_UNREACHABLE", says: /gave up waiting/, thereafter: UNREACHABLE },
  "too early": { class: "retry", code: "SERVICE_BUSY", says: /asks to try again/, thereafter: OUTAGE },
  "network wants a sign-in": {
    class: "pause",
    forMs: 5 * MINUTE,
    code: "SERVICE_UNREACHABLE",
    says: /network asks to sign in/,
    hint: /Open a browser/,
  },
};

/** Every row, and what leads to it. `close` ends the servers that were needed. */
export async function transportCases(way: Way): Promise<{ readonly cases: readonly Case[]; close(): void }> {
  const nowhere = await closedPort();
  const impostor = await startImpostor();
  const troubles: Readonly<Record<TransportFailureName, Case["trouble"]>> = {
    unreachable: () => way.lead(nowhere),
    "connection broke": () => way.break("at a question"),
    "certificate refused": () => way.lead(impostor.address),
    "original unreadable": () => way.befall((path) => rm(path)),
    "original changed": () => way.befall((path) => truncate(path, 100)),
    // The one thing that is made up: the refusal of the operating system.
    "this machine in trouble": () => way.befall(() => Promise.reject(outOfFiles(way.service))),
    "proxy wants a password": () => way.answer(407),
    "request too slow": () => way.answer(408),
    "too early": () => way.answer(425),
    "network wants a sign-in": () => way.answer(511),
  };
  const cases = Object.entries(EXPECTED).map(([name, expected]) => ({
    name,
    trouble: troubles[name as TransportFailureName],
    ...expected,
  }));
  const lost: Case = {
    name: "connection broke after the photo was taken",
    trouble: () => way.break("after the photo was taken"),
    class: "check",
    code: "OUTCOME_UNKNOWN",
    says: /connection to .* broke/,
  };
  return { cases: [...cases, lost], close: () => impostor.server.close() };
}

/** The destination to whose originals this happens, once the archive has its copy: the archive would meet it as well. */
export function befallen(
  destination: Destination,
  what: ((path: string) => Promise<void>) | undefined,
  outside: Outside,
): Destination {
  if (what === undefined) return destination;
  return {
    ...destination,
    async deliver(photo, original, signal) {
      await outside.done(photo, "archive");
      await what(original.path);
      return destination.deliver(photo, original, signal);
    },
  };
}

function outOfFiles(service: string): unknown {
  const refusal = Object.assign(new Error("EMFILE: too many open files, open"), { code: "EMFILE" });
  return transportFailure(refusal, { service, sent: "not-sent" });
}

async function closedPort(): Promise<string> {
  const server = createServer();
  const address = await listen(server, "http");
  server.close();
  await once(server, "close");
  return address;
}

/** Speaks TLS with a certificate that nobody vouches for. */
async function startImpostor(): Promise<{ readonly address: string; readonly server: Server }> {
  const server = createSecureServer(await makeCertificate("IP:127.0.0.1"));
  return { address: await listen(server, "https"), server };
}

async function listen(server: Server, scheme: string): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
