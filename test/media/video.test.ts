import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { run } from "../../src/media/ffmpeg.ts";
import { recognise } from "../../src/media/formats.ts";
import { type Poster, renderPoster } from "../../src/media/video.ts";
import { probeVideo } from "../../src/media/video-streams.ts";
import { film, hasFfmpeg, turnClockwise } from "../support/films.ts";
import { picture } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const folder = await temporaryFolder();
const needsFfmpeg = { skip: hasFfmpeg ? false : "there is no ffmpeg" };

async function posterOf(path: string): Promise<Poster> {
  const format = await recognise(path, path);
  assert.equal(format?.kind, "video", path);
  return await renderPoster(path, format.mime);
}

function colourAt({ data, width }: Poster, x: number, y: number): readonly number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

function assertNear(actual: readonly number[], expected: readonly number[]): void {
  const far = actual.some((value, index) => Math.abs(value - (expected[index] ?? 0)) > 20);
  assert.ok(!far, `${actual.join()} is not near ${expected.join()}`);
}

test("every container of cameras and phones gives a poster", needsFfmpeg, async () => {
  const films: Readonly<Record<string, readonly string[]>> = {
    "a.mp4": ["-c:v", "libx264"],
    "a.mov": ["-c:v", "mjpeg"],
    "a.m4v": ["-c:v", "mpeg4"],
    "a.3gp": ["-c:v", "mpeg4"],
    "a.avi": ["-c:v", "mjpeg"],
    "a.mkv": ["-c:v", "libx265", "-x265-params", "log-level=error"],
    "a.webm": ["-c:v", "libvpx"],
    "a.ogv": ["-c:v", "libtheora"],
    "a.mts": ["-c:v", "libx264", "-f", "mpegts"],
    "a.m2ts": ["-c:v", "libx264", "-mpegts_m2ts_mode", "1"],
    "a.mpg": ["-c:v", "mpeg2video", "-f", "dvd"],
    "a.wmv": ["-c:v", "wmv2"],
    "a.flv": ["-c:v", "flv"],
    "a.mxf": ["-c:v", "mpeg2video"],
  };
  for (const [name, options] of Object.entries(films)) {
    const path = await film(
      join(folder, name),
      "color=teal:size=320x240:rate=25:duration=1",
      "-pix_fmt",
      "yuvj420p",
      ...options,
    ).catch(() => film(join(folder, name), "color=teal:size=320x240:rate=25:duration=1", ...options));
    const poster = await posterOf(path);
    assert.deepEqual([poster.width, poster.height], [320, 240], name);
    assertNear(colourAt(poster, 160, 120), [0, 128, 128]);
  }
});

test("the poster is not the black that a film begins with", needsFfmpeg, async () => {
  const source = "color=black:size=160x120:duration=3[a];color=orange:size=160x120:duration=3[b];[a][b]concat";
  const poster = await posterOf(await film(join(folder, "fade.mp4"), source));
  assertNear(colourAt(poster, 80, 60), [255, 165, 0]);
  const late =
    "color=black:size=160x120:rate=5:duration=10[a];color=orange:size=160x120:rate=5:duration=14[b];[a][b]concat";
  assertNear(colourAt(await posterOf(await film(join(folder, "late.mp4"), late)), 80, 60), [255, 165, 0]);
  const night = await posterOf(await film(join(folder, "night.mp4"), "color=black:size=160x120:duration=2"));
  assertNear(colourAt(night, 80, 60), [0, 0, 0]);
});

test("it is as it is played: turned, with square pixels, no larger than needed", needsFfmpeg, async () => {
  const halves = "color=red:size=320x240:duration=1[a];color=blue:size=320x240:duration=1[b];[a][b]vstack";
  const path = await film(join(folder, "turned.mp4"), halves, "-c:v", "libx264");
  await turnClockwise(path, 480);
  const turned = await posterOf(path);
  assert.deepEqual([turned.width, turned.height], [480, 320]);
  assertNear(colourAt(turned, 460, 160), [255, 0, 0]);
  assertNear(colourAt(turned, 20, 160), [0, 0, 255]);
  const streams = await probeVideo(path, "video/mp4");
  assert.deepEqual([streams?.width, streams?.height], [480, 320]);

  const wide = await film(join(folder, "wide.mp4"), "testsrc=size=720x576:duration=1,setsar=16/11");
  const { width, height } = await posterOf(wide);
  assert.deepEqual([width, height], [1047, 576]);

  const large = await film(join(folder, "large.mp4"), "testsrc=size=3840x2160:rate=2:duration=1");
  const small = await posterOf(large);
  assert.deepEqual([small.width, small.height], [2048, 1152]);
});

test("HDR is mapped to the range of a screen", needsFfmpeg, async () => {
  // 75 % of the HLG signal is the white of paper, 50 % is a middle grey.
  const grey = (share: number) =>
    `color=white:size=64x64:duration=1,format=yuv420p10le,geq=lum='64+876*${share}':cb=512:cr=512`;
  const options =
    "-c:v libx265 -x265-params log-level=error -color_trc arib-std-b67 -color_primaries bt2020 -colorspace bt2020nc";
  for (const [share, expected] of [
    [0.75, 215],
    [0.5, 143],
  ] as const) {
    const path = await film(join(folder, `hlg-${share}.mp4`), grey(share), ...options.split(" "));
    assertNear(colourAt(await posterOf(path), 32, 32), [expected, expected, expected]);
  }
});

test("what is no film, or is cut off, is said to be so", needsFfmpeg, async () => {
  const path = await film(join(folder, "whole.mp4"), "testsrc=size=160x120:duration=1", "-movflags", "faststart");
  const cut = join(folder, "cut.mp4");
  await writeFile(cut, (await readFile(path)).subarray(0, 900));
  await assert.rejects(renderPoster(cut, "video/mp4"), { code: "UNDECODABLE", message: /No frame/ });
  await assert.rejects(renderPoster(join(folder, "absent.mp4"), "video/mp4"), { code: "UNDECODABLE" });
});

test("a playlist that is called a film reads no other file and asks no server", needsFfmpeg, async () => {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const secret = join(folder, "secret.jpg");
  await writeFile(secret, await picture({ seed: 5 }));
  const playlists = {
    "hls.mp4": `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:${port}/stolen.ts\n#EXT-X-ENDLIST\n`,
    "concat.avi": `ffconcat version 1.0\nfile ${secret}\nfile http://127.0.0.1:${port}/stolen\n`,
    "sdp.mov": `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video ${port} RTP/AVP 96\n`,
  };
  for (const [name, content] of Object.entries(playlists)) {
    const path = join(folder, name);
    await writeFile(path, content);
    assert.equal(await recognise(path, name), undefined, name);
    for (const mime of ["video/mp4", "video/x-msvideo", "video/x-matroska", "video/mp2t", "video/mpeg", "video/ogg"]) {
      await assert.rejects(renderPoster(path, mime), { code: "UNDECODABLE" }, `${name} as ${mime}`);
    }
  }
  server.close();
  assert.deepEqual(requests, []);
});

test("a film that is cut short by the signal leaves no ffmpeg behind", needsFfmpeg, async () => {
  const abort = new AbortController();
  const mark = `photolog-test-${process.pid}`;
  const running = run({
    program: "ffmpeg",
    arguments: ["-nostdin", "-f", "lavfi", "-i", "testsrc=rate=1", "-metadata", `comment=${mark}`, "-f", "null", "-"],
    milliseconds: 60_000,
    bytes: 1000,
    signal: abort.signal,
  });
  const isRunning = async () => (await promisify(execFile)("ps", ["-eo", "args"])).stdout.includes(mark);
  await until("ffmpeg runs", isRunning);
  abort.abort(new Error("stopped"));
  await assert.rejects(running, /^Error: stopped$/);
  await until("ffmpeg is gone", async () => !(await isRunning()));
});

test("a film that takes too long, or writes too much, is given up", needsFfmpeg, async () => {
  const endless = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc", "-f", "rawvideo", "pipe:1"];
  const given = { program: "ffmpeg", arguments: endless } as const;
  await assert.rejects(run({ ...given, milliseconds: 60_000, bytes: 1000 }), { name: "ProgramFailed" });
  await assert.rejects(run({ ...given, milliseconds: 50, bytes: 1e12 }), { name: "ProgramFailed" });
});

test("without ffmpeg the reason and what to do are said", async () => {
  const module = fileURLToPath(new URL("../../src/media/video.ts", import.meta.url));
  const program = `
    const { renderPoster } = await import(${JSON.stringify(module)});
    const error = await renderPoster("a.mp4", "video/mp4").catch((error) => error);
    console.log(JSON.stringify({ code: error.code, message: error.message, hint: error.hint }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
    env: { PATH: folder },
  });
  assert.deepEqual(JSON.parse(stdout), {
    code: "UNDECODABLE",
    message: "Videos get no poster: there is no ffmpeg on the server.",
    hint: "Install ffmpeg on the server, then run `photolog jobs retry --destination renditions --all`.",
  });
});
