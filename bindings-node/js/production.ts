/** Whether the environment says that a program runs in production. */

import { WebhookConfigurationError } from "./index.js";

/**
 * The variables that are read to tell whether a program runs in production: one of them is
 * `production` or `prod`, in any letter case.
 */
export const ENVIRONMENT_VARIABLES = Object.freeze([
  "APP_ENV",
  "ENV",
  "ENVIRONMENT",
  "FLASK_ENV",
  "NODE_ENV",
  "VERCEL_ENV",
] as const);

/** @throws {@link WebhookConfigurationError} with `config_invalid` in production. */
export function refuseInProduction(): void {
  const found = ENVIRONMENT_VARIABLES.find((name) => isProduction(variable(name)));
  if (found === undefined && !isProduction(bundledNodeEnv())) return;
  throw new WebhookConfigurationError({
    message:
      `a receiver has a diagnosis, and ${found ?? "NODE_ENV"} says that this is production ` +
      "(config_invalid)",
    code: "config_invalid",
    help:
      "a diagnosis keeps the text of secrets and hashes a refused body many times: pass `onFailure` " +
      "in development only, and use `diagnose` for a recorded delivery",
    status: 500,
  });
}

function isProduction(value: unknown): boolean {
  return typeof value === "string" && /^\s*prod(uction)?\s*$/i.test(value);
}

interface Host {
  readonly process?: { readonly env?: { readonly [name: string]: unknown } };
}

function variable(name: string): unknown {
  try {
    return (globalThis as Host).process?.env?.[name];
  } catch {
    return undefined; // Deno asks for a permission first
  }
}

declare const process: { readonly env: { readonly NODE_ENV?: string } };

/** The value that a bundler writes in place of this expression, for hosts without variables. */
function bundledNodeEnv(): unknown {
  try {
    return process.env.NODE_ENV;
  } catch {
    return undefined; // there is no `process`
  }
}
