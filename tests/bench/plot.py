"""A small line plot as SVG, both axes by powers of ten. No more than a bench's page needs."""
import math

colours = ["#0b6", "#888", "#c50"]
width, height, left, bottom = 520, 300, 60, 40


def lines(title, names, points):
    """`points`: [(x, y of the first line, y of the second, ...)]."""
    values = [y for point in points for y in point[1:] if y > 0]
    low_x, high_x = math.log10(points[0][0]), math.log10(points[-1][0])
    low_y, high_y = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def at(x, y):
        across = (math.log10(x) - low_x) / max(high_x - low_x, 1e-9)
        up = (math.log10(y) - low_y) / max(high_y - low_y, 1e-9)
        return left + across * (width - left - 20), height - bottom - up * (height - bottom - 40)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
           f'font-size="12"><rect width="{width}" height="{height}" fill="#fff"/>'
           f'<text x="{left}" y="20" font-size="14">{title}</text>']
    for power in range(low_y, high_y + 1):
        x, y = at(points[0][0], 10 ** power)
        out.append(f'<path d="M{left} {y:.0f}H{width - 20}" stroke="#ddd"/>'
                   f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{10 ** power:g}</text>')
    for point in points:
        x, _ = at(point[0], 10 ** low_y)
        out.append(f'<text x="{x:.0f}" y="{height - bottom + 18}" text-anchor="middle">{point[0]:,}</text>')
    for index, name in enumerate(names):
        path = " ".join("{:.1f},{:.1f}".format(*at(point[0], point[1 + index])) for point in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colours[index]}" stroke-width="2"/>'
                   f'<text x="{left + 10}" y="{52 + 16 * index}" fill="{colours[index]}">{name}</text>')
    return "\n".join(out) + "\n</svg>\n"
