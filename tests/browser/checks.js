// What can be measured of a page's accessibility, in the page itself. Each function answers a list of complaints.
({
    contrast() {
        const parse = (text) => {
            const parts = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
            return text.startsWith("color(srgb")
                ? [parts[0] * 255, parts[1] * 255, parts[2] * 255, parts[3] ?? 1]
                : [parts[0], parts[1], parts[2], parts[3] ?? 1];
        };
        const over = (top, below) => [0, 1, 2].map((n) => top[n] * top[3] + below[n] * (1 - top[3])).concat(1);
        const linear = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
        const light = (colour) => 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
        const ratio = (one, other) => {
            const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
            return (high + 0.05) / (low + 0.05);
        };
        const ground = (element) => {
            const layers = [];
            for (let one = element; one; one = one.parentElement) {
                const colour = parse(getComputedStyle(one).backgroundColor);
                if (colour[3] > 0) layers.push(colour);
                if (colour[3] === 1) break;
            }
            const dark = matchMedia("(prefers-color-scheme: dark)").matches;
            return layers.reverse().reduce((below, top) => over(top, below), dark ? [18, 18, 18, 1] : [255, 255, 255, 1]);
        };
        const found = [];
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const element = node.parentElement;
            if (!node.textContent.trim() || element.closest("script, template, [inert], :disabled, .skip")) continue;
            if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
            const style = getComputedStyle(element);
            const size = parseFloat(style.fontSize);
            const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
            const back = ground(element);
            const is = ratio(over(parse(style.color), back), back);
            if (is < (large ? 3 : 4.5)) {
                found.push(`${is.toFixed(2)} "${node.textContent.trim().slice(0, 30)}" <${element.tagName} ${element.className}>`);
            }
        }
        return found;
    },

    structure() {
        const count = (selector) => document.querySelectorAll(selector).length;
        const found = [];
        if (count("h1") !== 1) found.push(`${count("h1")} h1`);
        if (count("main") !== 1) found.push(`${count("main")} main`);
        if (!document.documentElement.lang) found.push("no lang");
        if (!document.title.trim()) found.push("no title");
        for (const one of document.querySelectorAll("[tabindex]")) if (one.tabIndex > 0) found.push(`tabindex ${one.outerHTML.slice(0, 60)}`);
        for (const one of document.querySelectorAll("img:not([alt])")) found.push(`no alt ${one.src}`);
        for (const one of document.querySelectorAll("dialog")) {
            const label = one.getAttribute("aria-label") || document.getElementById(one.getAttribute("aria-labelledby"))?.textContent;
            if (!label) found.push("a dialog without a label");
        }
        const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
        for (const id of ids) if (ids.filter((one) => one === id).length > 1) found.push(`id ${id} twice`);
        for (const name of ["aria-labelledby", "aria-describedby", "for"]) {
            for (const one of document.querySelectorAll(`[${name}]`)) {
                for (const id of one.getAttribute(name).split(" ")) if (!document.getElementById(id)) found.push(`${name} ${id} leads nowhere`);
            }
        }
        const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1]));
        levels.forEach((level, at) => { if (at && level > levels[at - 1] + 1) found.push(`h${level} after h${levels[at - 1]}`); });
        return found;
    },

    stops() {
        const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, audio[controls], [tabindex='0']";
        const radios = new Set();
        return [...document.querySelectorAll(wanted)]
            .filter((one) => !one.disabled && !one.closest("[inert], dialog:not([open])") && one.checkVisibility({ visibilityProperty: true }))
            .filter((one) => one.type !== "radio" || (one.name && !radios.has(one.name) && radios.add(one.name)))
            .map((one, at) => { one.dataset.stop = at; return at; }).length;
    },

    here() {
        const one = document.activeElement;
        if (!one || one === document.body || one === document.documentElement) return null;
        const style = getComputedStyle(one);
        const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        return [one.dataset.stop === undefined ? -1 : Number(one.dataset.stop), seen, one.outerHTML.slice(0, 90)];
    },
})
