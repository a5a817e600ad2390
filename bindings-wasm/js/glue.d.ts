// The module in base64. The build replaces the name with the path of the module.
declare module "pivotal-webhooks-wasm/base64" {
  const base64: string;
  export default base64;
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}
