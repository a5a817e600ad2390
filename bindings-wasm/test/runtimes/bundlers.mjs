// The bundlers that are tested, each with almost only its default options.

import { basename, dirname } from "node:path";
import { build as buildWithEsbuild } from "esbuild";
import { build as buildWithVite } from "vite";
import webpack from "webpack";

export async function esbuild(entry, outfile, options) {
  await buildWithEsbuild({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    logLevel: "warning",
    ...options,
  });
}

export async function vite(entry, outfile, options) {
  await buildWithVite({
    configFile: false,
    root: dirname(entry),
    logLevel: "warn",
    ...options,
    build: {
      outDir: dirname(outfile),
      chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
      rolldownOptions: { input: entry, output: { entryFileNames: basename(outfile) } },
      ...options?.build,
    },
  });
}

export async function webpacked(entry, outfile, options) {
  const stats = await new Promise((resolve, reject) => {
    webpack(
      {
        mode: "production",
        context: dirname(entry),
        entry,
        output: { path: dirname(outfile), filename: basename(outfile) },
        performance: false,
        ...options,
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    );
  });
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  const messages = [...errors, ...warnings].map(({ message }) => message);
  if (messages.length > 0) throw new Error(messages.join("\n"));
}
