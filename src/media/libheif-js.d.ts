/** The package has types for its class-like interface only; `libheif.ts` declares what it takes of the other one. */
declare module "libheif-js/wasm-bundle.js" {
  const exported: Readonly<Record<string, unknown>> & { readonly HEAPU8: Uint8Array<ArrayBuffer> };
  export default exported;
}
