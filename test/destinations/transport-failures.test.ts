import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  foreignAnswer,
  STATUS_ROWS,
  TRANSPORT_ROWS,
  transportFailure,
} from "../../src/destinations/transport-failures.ts";
import type { TransportRow } from "../../src/destinations/transport-failures.ts";
import { ERRORS, PhotologError } from "../../src/errors.ts";

function failing(code: string): Error {
  return Object.assign(new Error(`it failed with ${code}`), { code });
}

const ROWS: readonly TransportRow[] = TRANSPORT_ROWS;

describe("a request that got no usable answer", () => {
  for (const { codes, becomes, whole = becomes } of ROWS) {
    for (const code of codes) {
      it(`means ${becomes} with ${code}${whole === becomes ? "" : `, and ${whole} once all was sent`}`, () => {
        for (const [sent, expected] of [
          ["not-sent", becomes],
          ["partly", becomes],
          ["whole", whole],
        ] as const) {
          const failure = transportFailure(new Error("fetch failed", { cause: failing(code) }), {
            service: "Flickr",
            sent,
          });
          assert.equal(failure?.code, expected);
          assert.deepEqual(failure.retry, ERRORS[expected].retry);
          assert.match(failure.message, /Flickr/);
          assert.doesNotMatch(`${failure.message}${failure.hint}`, /[{}]/);
        }
      });
    }
  }

  it("has one meaning for each code", () => {
    const codes = ROWS.flatMap((row) => row.codes);
    assert.equal(new Set(codes).size, codes.length);
  });

  it("is a broken conversation with any other code of undici's or of its parser", () => {
    for (const code of ["HPE_INVALID_CONSTANT", "UND_ERR_SOMETHING_NEW", "ERR_SSL_WRONG_VERSION_NUMBER"]) {
      assert.equal(transportFailure(failing(code), { service: "Flickr", sent: "whole" })?.code, "OUTCOME_UNKNOWN");
      assert.equal(
        transportFailure(failing(code), { service: "Flickr", sent: "not-sent" })?.code,
        "SERVICE_UNREACHABLE",
      );
    }
  });

  it("is not explained where neither network nor file is at fault", () => {
    for (const error of [new TypeError("a mistake of ours"), failing("ERR_INVALID_ARG_TYPE"), "text", undefined]) {
      assert.equal(transportFailure(error, { service: "Flickr", sent: "whole" }), undefined);
    }
  });

  it("is passed on when it is explained already", () => {
    const error = new PhotologError("ORIGINAL_CHANGED", "The original changed.");
    assert.equal(transportFailure(error, { service: "Flickr", sent: "partly" }), error);
  });

  it("is no failure when we stopped it ourselves", () => {
    const reason = new Error("photolog is closing");
    const signal = AbortSignal.abort(reason);
    assert.throws(
      () => transportFailure(failing("ECONNRESET"), { service: "Flickr", sent: "whole", signal }),
      (error) => error === reason,
    );
    const abort = new DOMException("This operation was aborted", "AbortError");
    assert.throws(
      () => transportFailure(abort, { service: "Flickr", sent: "whole" }),
      (error) => error === abort,
    );
  });

  for (const { status, becomes } of STATUS_ROWS) {
    it(`means ${becomes} when it was HTTP ${status}, whatever library says so`, () => {
      for (const error of [
        Object.assign(new Error(), { status }),
        Object.assign(new Error(), { statusCode: status }),
      ]) {
        assert.equal(transportFailure(error, { service: "Flickr", sent: "whole" })?.code, becomes);
      }
    });
  }

  it("has an unknown outcome when something else answered for the service", () => {
    assert.equal(foreignAnswer("Flickr", 200).retry.class, "check");
  });
});
