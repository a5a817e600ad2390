/**
 * How a delivery is signed and in which headers, by name.
 *
 * @see https://www.standardwebhooks.com for `svix`, with its own headers or the unbranded ones;
 *   https://docs.pivotal.app/product/integrations/webhooks for `pivotal`;
 *   https://pivot.app/docs/organization/webhooks for `pivot`.
 */
export type Scheme = "svix" | "pivotal" | "pivot";
