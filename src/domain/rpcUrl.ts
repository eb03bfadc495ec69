/** What may be shown of an endpoint's URL, and what may not: providers put their keys into it. */

/** Long enough that a provider's key is, and an ordinary path segment is not. */
const KEY_LENGTH = 16

/** What looks like a key in a URL: any long segment, parameter or password. */
export function keysInUrl({ username, password, pathname, searchParams }: URL): readonly string[] {
  const parts = [username, password, ...pathname.split('/'), ...searchParams.values()]
  return parts.filter((part) => part.length >= KEY_LENGTH)
}

/** Names for endpoints: host and port, with a number where several have the same. */
export function namesOfUrls(urls: readonly string[]): readonly string[] {
  const hosts = urls.map((url) => new URL(url).host)
  return hosts.map((host, index) => {
    const before = hosts.slice(0, index).filter((other) => other === host).length
    return before === 0 ? host : `${host}#${before + 1}`
  })
}
