/** `nobody` on Debian and most others. */
const NOBODY = 65_534;

/** Runs this as somebody whom permissions bind: root, who may read everything, becomes nobody meanwhile. */
export async function asOrdinaryUser(run: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return run();
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
  try {
    await run();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}
