// The chat's looks, on the colours of the sheet.

export const CHAT_STYLES = `
.chat{display:flex;flex-direction:column;height:min(520px,calc(100vh - 130px));min-height:0}
.chat .head .face{width:32px;height:32px;font-size:14px}
.log{flex:1;min-height:0;overflow:auto;overscroll-behavior:contain;padding:8px 16px;display:flex;flex-direction:column;gap:4px;margin:0;list-style:none}
.log li{max-width:86%;display:flex;flex-direction:column;align-self:flex-start;align-items:flex-start}
.log li.mine{align-self:flex-end;align-items:flex-end}
.log li.mark{align-self:center;align-items:center;max-width:100%;text-align:center;font-size:12px;color:var(--ink2);padding:8px 0;gap:8px}
.log .said{margin:0;padding:8px 12px;border-radius:12px;background:var(--bg2);white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext;overflow:hidden;max-width:100%}
.log .mine .said{background:color-mix(in srgb,var(--a) 14%,var(--bg))}
.log .failed .said{background:var(--red-bg);color:var(--red)}
.log small{padding:2px 4px 4px;font-size:11px;color:var(--ink2);font-variant-numeric:tabular-nums}
.log small button{font-weight:600;text-decoration:underline}
.log .mark .primary{width:auto;min-height:36px;font-size:14px}
.typing{min-height:20px;padding:0 20px;font-size:12px;color:var(--ink2)}
.chat.voice .mark .primary{display:none}
.strip{width:calc(100% - 24px);display:flex;align-items:center;gap:8px;margin:0 12px 8px;padding:8px 12px;border-radius:8px;background:var(--green-bg);color:var(--green);font-size:13px;font-weight:600}
.strip .grow{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.compose{flex-direction:row;align-items:flex-end;gap:8px;padding:8px 12px 12px;border-top:1px solid var(--line)}
.compose textarea{flex:1;min-width:0;height:44px;max-height:132px;padding:10px 12px;border:1px solid var(--line);border-radius:8px;background:var(--bg);color:inherit;font:inherit;font-size:16px;line-height:22px;resize:none;unicode-bidi:plaintext}
.compose textarea:focus{border-color:var(--a-text);outline:1px solid var(--a-text);outline-offset:0}
.compose .go{flex:none;width:44px;height:44px;border-radius:8px;display:grid;place-items:center;background:var(--a);color:var(--on-a)}
.compose .go:disabled{opacity:.5}
.chat .note{margin:0 12px 8px}
.chat .over{display:flex;flex-direction:column;gap:4px;padding:8px 20px 12px;border-top:1px solid var(--line)}
.chat .over p{margin:0 0 8px;font-size:13px;color:var(--ink2)}
@media(max-width:480px){.chat{height:80vh}}
`;
