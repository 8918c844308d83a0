using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace VMUNet.Reporting.Pages;

/// <summary>In place of a page that cannot be shown; the refused request is repeated here, whatever its method was.</summary>
[IgnoreAntiforgeryToken]
internal sealed class StatusModel : PageModel
{
    public string Title { get; private set; } = "";

    public string Sentence { get; private set; } = "";

    public void OnGet(int code) => Explain(code);

    public void OnPost(int code) => Explain(code);

    private void Explain(int code)
    {
        var status = HttpContext.Features.Get<IExceptionHandlerFeature>() is null ? code : Response.StatusCode;
        Response.StatusCode = status is >= 400 and < 600 ? status : StatusCodes.Status404NotFound;
        (Title, Sentence) = FailureWords.Of(Response.StatusCode);
        Sentence = HttpContext.Items[FailureWords.Key] as string ?? Sentence;
    }
}
