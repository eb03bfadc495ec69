/** The public and the secret parts of an RPC URL. Providers put API keys into the URL. */

/** Minimum length of a key. API keys are longer, and ordinary path segments are shorter. */
const KEY_LENGTH = 16

/** The parts of a URL that look like a key: long path segments, query parameters, user names and passwords. */
export function keysInUrl({ username, password, pathname, searchParams }: URL): readonly string[] {
  const parts = [username, password, ...pathname.split('/'), ...searchParams.values()]
  return parts.filter((part) => part.length >= KEY_LENGTH)
}

/** A name for each URL: host and port, followed by `#2`, `#3` … if several URLs share both. */
export function namesOfUrls(urls: readonly string[]): readonly string[] {
  const hosts = urls.map((url) => new URL(url).host)
  return hosts.map((host, index) => {
    const before = hosts.slice(0, index).filter((other) => other === host).length
    return before === 0 ? host : `${host}#${before + 1}`
  })
}
