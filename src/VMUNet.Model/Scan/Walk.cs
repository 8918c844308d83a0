namespace VMUNet.Model.Scan;

/// <summary>The order in which one direction visits the tokens of an H x W grid, in row-major positions.</summary>
internal readonly struct Walk
{
    private readonly int _height;
    private readonly int _width;
    private readonly bool _byColumns;
    private readonly bool _reversed;

    /// <summary>Direction 0: rows; 1: columns; 2 and 3: the same, backwards.</summary>
    public Walk(int direction, int height, int width)
    {
        _height = height;
        _width = width;
        _byColumns = (direction & 1) == 1;
        _reversed = direction >= 2;
        RunLength = _byColumns ? height : width;
        int sign = _reversed ? -1 : 1;
        Step = (_byColumns ? width : 1) * sign;
        Turn = (_byColumns ? 1 - ((height - 1) * width) : 1) * sign;
        Start = _reversed ? (height * width) - 1 : 0;
    }

    /// <summary>Position of the first step.</summary>
    public int Start { get; }

    /// <summary>Steps of one row or column.</summary>
    public int RunLength { get; }

    /// <summary>From one position to the next inside a row or column.</summary>
    public int Step { get; }

    /// <summary>From the end of one row or column to the start of the next.</summary>
    public int Turn { get; }

    /// <summary>Position of step <paramref name="t"/>.</summary>
    public int PositionOf(int t)
    {
        if (_reversed)
        {
            t = (_height * _width) - 1 - t;
        }

        return _byColumns ? (t % _height * _width) + (t / _height) : t;
    }
}
