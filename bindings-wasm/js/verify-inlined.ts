/** The smaller core: the build puts the bytes of its module into `inlined.ts`. */

export { core } from "./inlined.js";
