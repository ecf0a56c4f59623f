/** The server's log, on stderr: for people on a terminal, JSON lines elsewhere. */
import { type Logger, pino } from "pino";

export async function openLog(level: string): Promise<Logger> {
  const options = {
    level,
    base: null,
    // A last resort: nothing that is logged should ever have these.
    redact: ["req.headers.authorization", "req.headers.cookie", "*.token", "*.secret"],
  };
  if (!process.stderr.isTTY) {
    const lines = pino.destination({ fd: 2, sync: true });
    // A log on a full disk loses its lines: that must not end the server.
    lines.on("error", () => undefined);
    return pino(options, lines);
  }
  const { default: pretty } = await import("pino-pretty");
  return pino(options, pretty({ destination: 2, sync: true, translateTime: "SYS:HH:MM:ss", singleLine: true }));
}
