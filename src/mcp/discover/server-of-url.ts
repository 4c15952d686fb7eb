/** The server that a request goes to, by the whole URL, else without its query. */
export function serverOfUrl<Server extends { url: string | null }>(
  servers: readonly Server[],
  url: URL,
): Server | undefined {
  const parsed = servers.flatMap((server) =>
    server.url !== null && URL.canParse(server.url) ? [{ server, url: new URL(server.url) }] : [],
  );
  const same = parsed.filter((each) => addressOf(each.url) === addressOf(url));
  return (same.find((each) => each.url.search === url.search) ?? same[0])?.server;
}

/** Without credentials, query and fragment. */
export function addressOf({ origin, pathname }: URL): string {
  return origin + pathname.replace(/\/$/, '');
}
