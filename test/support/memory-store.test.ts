import { describeBlobStore } from "../conformance/blob-store.ts";
import { openMemory } from "./memory-store.ts";

describeBlobStore("a bucket in memory", async () => ({ store: openMemory(), close: async () => {} }));
