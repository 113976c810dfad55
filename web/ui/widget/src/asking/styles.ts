// The looks of the asking part, added to the widget's when it is loaded.

export const ASKING_STYLES = `
.asking fieldset{margin:0;padding:0;border:0;min-width:0;display:grid;gap:10px}
.asking legend{padding:0;margin:0 0 8px;font-size:13px;font-weight:600}
.asking legend i,.asking label.field i{font-style:normal;font-weight:400;color:var(--ink2)}
.asking label.tick input[type=radio]{margin-top:1px}
.asking select{width:100%;max-width:none;height:44px;padding:0 12px;font-size:16px;font-weight:400;border:1px solid var(--line);border-radius:8px;background:var(--bg)}
.asking input[type=email]{width:100%;height:44px;padding:0 12px;border:1px solid var(--line);border-radius:8px;background:var(--bg);font-size:16px;font-weight:400}
.asking textarea{width:100%;min-height:132px;padding:10px 12px;border:1px solid var(--line);border-radius:8px;background:var(--bg);font:inherit;font-size:16px;font-weight:400;color:inherit;resize:vertical}
.asking textarea:focus,.asking select:focus{border-color:var(--a-text);outline:1px solid var(--a-text)}
.asking [aria-invalid=true]{border-color:var(--red);outline-color:var(--red)}
.asking .lead{margin:0;font-size:14px;color:var(--ink2)}
.asking .lead b{display:block;color:var(--ink);font-size:15px}
.asking .small{margin:0;font-size:12px;font-weight:400;color:var(--ink2)}
.asking .stack{display:grid;gap:12px}
.asking .rest{display:grid;gap:11px}
.asking p.small{margin-top:-4px}
.choice{display:grid;gap:6px}
.choice label{display:flex;gap:10px;align-items:center;min-height:40px;padding:8px 12px;border:1px solid var(--line);border-radius:8px;font-size:14px;cursor:pointer}
.choice label:hover{background:var(--hover)}
.choice input{flex:none;width:18px;height:18px;margin:0;accent-color:var(--a)}
.choice label:has(:checked){border-color:var(--a-text);background:color-mix(in srgb,var(--a) 8%,transparent)}
.when{display:grid;gap:12px}
.times{display:grid;grid-template-columns:repeat(auto-fill,minmax(86px,1fr));gap:6px;max-height:190px;overflow:auto;padding:2px}
.times label{position:relative;display:grid;place-items:center;min-height:40px;padding:0 6px;border:1px solid var(--line);border-radius:8px;font-size:14px;font-variant-numeric:tabular-nums;text-align:center;cursor:pointer}
.times label:hover{background:var(--hover)}
.times input{position:absolute;inset:0;opacity:0;margin:0;cursor:pointer}
.times label:has(:checked){background:var(--a);border-color:var(--a);color:var(--on-a);font-weight:600}
.times label:has(:focus-visible){outline:2px solid var(--a-text);outline-offset:2px}
.picked{margin:0;padding:10px 12px;border-radius:8px;background:var(--bg2);font-size:14px;font-weight:600}
.picked:empty{display:none}
.picked.gone{font-weight:400;color:var(--red)}
.when .note{margin:0}
.later .note b{display:block}
.when[aria-busy=true] .times{opacity:.6}
.choice label:has(:disabled){color:var(--ink2);background:var(--bg2);cursor:default}
.asking p.small[hidden]{display:none}
.digits{display:grid;gap:10px;padding:16px;border-radius:8px;background:var(--bg2);text-align:center}
.digits b{font-size:14px;font-weight:600}
.digits .keys{display:flex;justify-content:center;gap:10px}
.digits .keys span{width:56px;height:64px;display:grid;place-items:center;border-radius:8px;background:var(--bg);border:1px solid var(--line);font-size:34px;font-weight:650;font-variant-numeric:tabular-nums}
.digits small{font-size:13px;color:var(--ink2)}
.later{display:grid;gap:12px}
.later .note{margin:0}
.done{display:grid;gap:8px;justify-items:center;padding:24px 12px;text-align:center}
.done svg{color:var(--green)}
.done b{font-size:16px}
.done p{margin:0;color:var(--ink2);overflow-wrap:anywhere}
@media(max-width:480px){.times{max-height:none}.asking .rest{gap:16px}.choice label{min-height:44px}}
`;
