// Stands in for "k6/http": a body is there when it is whole, and a time-out is an answer of status 0.
async function asyncRequest(method, url, body, params) {
  try {
    const response = await fetch(url, {
      method,
      body,
      headers: params.headers,
      signal: AbortSignal.timeout(params.timeout ?? 60_000),
    });
    const headers = {};
    for (const [name, value] of response.headers) {
      headers[name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())] = value;
    }
    return { status: response.status, headers, body: await response.text() };
  } catch (error) {
    return { status: 0, headers: {}, body: null, error: String(error) };
  }
}

export default { asyncRequest, expectedStatuses: () => null };
