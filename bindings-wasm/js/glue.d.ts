// What xtask-bindgen writes as `core.js`; the build puts its place in for the name.
declare module "pivotal-webhooks-wasm/glue" {
  export class Handle {
    private constructor();
  }

  export function initSync(options: { module: WebAssembly.Module }): void;
  export function __wbg_reset_state(): void;

  export function catalogue(): string;
  export function open(
    pivot: boolean,
    secrets: string[],
    labels: string[] | undefined,
    schemes: string[] | undefined,
    tolerance: number | undefined,
    ignoreTimestamp: boolean,
    maxBody: number | undefined,
    key: string | undefined,
    maxEventAge: number | undefined,
  ): Handle | string;
  export function schemes(handle: Handle): string[];
  export function maxBody(handle: Handle): number;
  export function verify(
    handle: Handle,
    body: Uint8Array,
    headers: string,
    now: number,
  ): string | undefined;
  export function unwrap(handle: Handle, body: Uint8Array, headers: string, now: number): string;
  export function verifySignature(
    handle: Handle,
    body: Uint8Array,
    headers: string,
    now: number,
  ): string;
  export function sign(
    handle: Handle,
    scheme: string | undefined,
    id: string,
    timestamp: number,
    body: Uint8Array,
  ): string;
  export function sent(
    handle: Handle,
    scheme: string,
    id: string,
    timestamp: number,
    body: Uint8Array,
  ): string;
  export function headerNotText(name: string): string;
  export function bodyNotText(): string;
  export function bodyTooLarge(): string;
  export function bodyCompressed(): string;
}

// The same module's bytes.
declare module "pivotal-webhooks-wasm/bytes" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}
